import { runInNewContext } from "node:vm";
import { fc, test as property } from "@fast-check/vitest";
import { ServiceLimits } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { InvalidPayloadError } from "../../src/errors.ts";
import { encodeError, encodePayload, toJson } from "../../src/service/payload.ts";
import { parameters } from "../property/settings.ts";
import { thrownBy } from "../support/thrown-by.ts";

const limits = { ...ServiceLimits, payloadBytes: 40 };

const refusal = (act: () => unknown): string => {
  const error = thrownBy(act);
  expect(InvalidPayloadError.is(error)).toBe(true);
  return (error as Error).message;
};
const encode = (payload: unknown, readsJson = true): string | undefined =>
  encodePayload(payload, "The answer", { limits, readsJson });

describe("a payload travels", () => {
  property.prop([fc.jsonValue()], parameters(0.05))("as JSON, whatever data it is", (value) => {
    expect(encodePayload(value, "It")).toBe(JSON.stringify(value));
  });

  property.prop([fc.string({ unit: "binary" })], parameters(0.05))(
    "as the text or the bytes it is, where it is raw",
    (text) => {
      expect(encodePayload({ raw: text }, "It")).toBe(text);
      expect(encodePayload(new TextEncoder().encode(text), "It")).toBe(text);
      expect(encodePayload(text, "It", { readsJson: false })).toBe(text);
      expect(encodePayload(text, "It")).toBe(JSON.stringify(text));
    },
  );

  test.each([
    ["more beside it", { raw: "x", more: 1 }],
    ["no text in it", { raw: 7 }],
  ])("as JSON, where { raw } has %s", (_, payload) => {
    expect(encode(payload)).toBe(JSON.stringify(payload));
  });

  test("as JSON, when it is no text, to whatever reads it", () => {
    expect(encode({ a: 1 }, false)).toBe('{"a":1}');
    expect(encode(null, false)).toBe("null");
  });

  test("as nothing, when it is undefined", () => {
    expect(encode(undefined)).toBeUndefined();
  });

  test("with the mark at its beginning, where bytes have one", () => {
    expect(encode(new TextEncoder().encode("\uFEFFx"))).toBe("\uFEFFx");
  });

  test("as what it says of itself for JSON", () => {
    expect(encode({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
    expect(encode({ toJSON: () => 7, left: new Map() })).toBe("7");
    expect(encode([{ toJSON: "a text" }])).toBe('[{"toJSON":"a text"}]');
    expect(refusal(() => encode({ toJSON: "a text", left: new Map() }))).toContain("it.left is a");
  });

  test("as often as it is used in one value", () => {
    const twice = { n: 1 };
    expect(encode([twice, twice, { twice }])).toBe('[{"n":1},{"n":1},{"twice":{"n":1}}]');
  });
});

describe("a payload is refused", () => {
  test("beyond the service's limit, in bytes, with advice", () => {
    expect(encode({ raw: "ü".repeat(20) })).toHaveLength(20);
    expect(refusal(() => encode({ raw: `${"ü".repeat(20)}.` }))).toBe(
      "The answer has 41 bytes; the service takes 40. Send a reference to the data instead.",
    );
    expect(toJson("x".repeat(50), "The input")).toHaveLength(52);
    const atLimit = { raw: "x".repeat(ServiceLimits.payloadBytes) };
    expect(encodePayload(atLimit, "It")).toBe(atLimit.raw);
  });

  test("when its bytes are no text", () => {
    const error = thrownBy(() => encode(new Uint8Array([0xff])));
    expect(error).toMatchObject({
      message: "The answer has bytes that are no UTF-8, which is how the service carries text.",
      cause: expect.any(TypeError) as unknown,
    });
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = [cyclic];
  test.each<[string, unknown, string]>([
    ["a number that is none", { a: [Number.NaN] }, "it.a[0] is NaN"],
    ["a number without end", Number.NEGATIVE_INFINITY, "it is -Infinity"],
    ["a BigInt", { a: 7n }, "it.a is a bigint (7n)"],
    ["a symbol", [Symbol("s")], "it[0] is a symbol (Symbol(s))"],
    ["a function", { f() {} }, "it.f is a function (function f)"],
    ["a circle", cyclic, "it.self[0] refers back to what contains it"],
    ["a Map", { a: new Map() }, "it.a is a Map"],
    ["a Set", new Set(), "it is a Set"],
    ["a WeakMap", [new WeakMap()], "it[0] is a WeakMap"],
    ["a WeakSet", [new WeakSet()], "it[0] is a WeakSet"],
    ["a pattern", { a: /x/ }, "it.a is a RegExp"],
    ["an Error", { a: { b: new TypeError("x") } }, "it.a.b is a Error"],
    ["a promise", { a: Promise.resolve() }, "it.a is a Promise"],
    ["bytes inside", { a: new Uint8Array(1) }, "it.a is a Uint8Array"],
    ["a view of bytes", { a: new DataView(new ArrayBuffer(1)) }, "it.a is a DataView"],
    ["a gap in a list", Object.assign([1], { 2: 3 }), "it[1] is undefined"],
    ["undefined in a list", { a: [undefined] }, "it.a[0] is undefined"],
  ])("where JSON would drop or bend something: %s", (_, value, at) => {
    expect(refusal(() => encode(value))).toBe(`The answer is no JSON: ${at}. Send plain data.`);
  });

  test("where it cannot be read, with the reason", () => {
    const reason = new Error("not now");
    const value = {
      get secret(): never {
        throw reason;
      },
    };
    expect(thrownBy(() => encode(value))).toMatchObject({
      message: "The answer is no JSON: Error: not now. Send plain data.",
      cause: reason,
    });
  });

  test("wherever in it that is", () => {
    expect(refusal(() => encode({ a: 1, b: [true, { c: "x", d: 7n }] }))).toContain("it.b[1].d is");
  });

  test("not for a property that is undefined, which means that it is absent", () => {
    expect(encode({ a: undefined, b: true })).toBe('{"b":true}');
    expect(encode({ length: 2 })).toBe('{"length":2}');
  });
});

describe("a failure travels", () => {
  test("as the service has it, without fields that are not there", () => {
    const error = {
      ErrorType: "E",
      ErrorMessage: "no",
      ErrorData: "7",
      StackTrace: ["at here"],
    };
    expect(encodeError(error, "It")).toStrictEqual(error);
    expect(encodeError({}, "It")).toStrictEqual({});
  });

  test.each([
    ["of this realm", new RangeError("too far")],
    ["of another realm", runInNewContext('new RangeError("too far")')],
  ])("as its type and message, when it is an Error %s: the stack is the test's own", (_, error) => {
    expect(encodeError(error, "It")).toStrictEqual({
      ErrorType: "RangeError",
      ErrorMessage: "too far",
    });
  });

  test("without a field that the service does not know, with a warning of which was meant", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on("warning", listen);
    expect(encodeError({ ErrorType: "E", message: "no" }, "The error")).toStrictEqual({
      ErrorType: "E",
    });
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    process.off("warning", listen);
    expect(warnings).toMatchObject([
      {
        name: "DurableTestWarning",
        code: "DURABLETEST_UNKNOWN_FIELD",
        message:
          'The error has the field "message", which the service does not know, and which is not sent. Did you mean "ErrorMessage"?',
      },
    ]);
  });
});

describe("a failure is refused", () => {
  test.each([
    ["no", '"no"'],
    [undefined, "undefined"],
    [null, "null"],
    [7, "7"],
  ])("when it is %s", (error, text) => {
    expect(refusal(() => encodeError(error, "The failure"))).toBe(
      `The failure is ${text}. Give an Error, or { ErrorType, ErrorMessage, ErrorData?, StackTrace? }.`,
    );
  });

  test.each([
    [{ ErrorType: 7 }, "7 as its ErrorType; that must be a text"],
    [{ ErrorMessage: null }, "null as its ErrorMessage; that must be a text"],
    [{ ErrorData: {} }, "{} as its ErrorData; that must be a text"],
    [{ StackTrace: "at here" }, '"at here" as its StackTrace; that must be a list of texts'],
    [{ StackTrace: ["at here", 7] }, "7 as its StackTrace[1]; that must be a text"],
  ])("when a field is of the wrong type: %j", (error, says) => {
    expect(refusal(() => encodeError(error, "The failure"))).toBe(`The failure has ${says}.`);
  });

  test("when it cannot be read, with the reason", () => {
    const error = {
      get ErrorType(): never {
        throw new Error("not now");
      },
    };
    expect(refusal(() => encodeError(error, "The failure"))).toBe(
      "The failure cannot be read: Error: not now.",
    );
  });

  test("beyond the service's limit, in bytes of JSON", () => {
    const { length } = JSON.stringify({ ErrorType: "" });
    const error = { ErrorType: `ü${"x".repeat(40 - length - 2)}` };
    expect(encodeError(error, "It", limits)).toStrictEqual(error);
    expect(
      refusal(() => encodeError({ ErrorType: `${error.ErrorType}.` }, "The failure", limits)),
    ).toBe("The failure has 41 bytes; the service takes 40.");
    expect(refusal(() => encodeError({ ErrorType: "x".repeat(300_000) }, "It"))).toContain(
      "the service takes 262144",
    );
  });
});
