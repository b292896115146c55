import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { describeValue } from "../src/protocol.ts";

const cyclic: unknown[] = [1];
cyclic.push({ self: cyclic });

const shared = { a: 1 };

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const throwing = (): never => {
  throw new Error("not to be called");
};

class Endless {
  toJSON(): object {
    return new Endless();
  }
}

const odd = Object.defineProperty(() => 1, "name", { value: 7 });

describe("the text of a value", () => {
  test.for<readonly [unknown, string]>([
    ["a text", '"a text"'],
    [{ seconds: -1, of: ["x", null, true] }, '{"seconds":-1,"of":["x",null,true]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [Buffer.from("a"), '{"type":"Buffer","data":[97]}'],
    [Object.assign(Object.create(null) as object, { code: 7 }), '{"code":7}'],
    [[{ __proto__: null, "a b": "c\nd" }], '[{"a b":"c\\nd"}]'],
    [[shared, shared], '[{"a":1},{"a":1}]'],
    [Object(5), "5"],
    [Object("x"), '"x"'],
  ])("is its JSON, where it has one: %o", ([value, text]) => {
    expect(describeValue(value)).toBe(text);
  });

  test.for<readonly [unknown, string]>([
    [Number.NaN, "NaN"],
    [-0, "-0"],
    [{ seconds: Number.NaN }, '{"seconds":NaN}'],
    [{ hours: Number.POSITIVE_INFINITY }, '{"hours":Infinity}'],
    [{ hours: -0 }, '{"hours":-0}'],
    [{ seconds: 5n }, '{"seconds":5n}'],
    [{ seconds: undefined }, '{"seconds":undefined}'],
    [[undefined, Symbol("s")], "[undefined,Symbol(s)]"],
    [Array(2), "[undefined,undefined]"],
    [{ func: throwing, act: () => 1 }, '{"func":function throwing,"act":function act}'],
    [odd, "function (anonymous)"],
    [new Date(Number.NaN), "Invalid Date"],
    [{ at: new Date(Number.NaN) }, '{"at":Invalid Date}'],
    [new Map(), "Map(0) {}"],
    [new Map<unknown, unknown>([["a", { b: 1 }]]), 'Map(1) {"a" => {"b":1}}'],
    [new Set([1, "b"]), 'Set(2) {1,"b"}'],
    [runInNewContext("new Map([[1, /x/g]])"), "Map(1) {1 => /x/g}"],
    [new RangeError("far\nout"), "RangeError: far"],
    [[Object.assign(new Error("x"), { name: 7, message: 7 })], "[Error]"],
    [Promise.resolve(), "[object Promise]"],
    [new WeakMap(), "[object WeakMap]"],
    [Object(Number.NaN), "NaN"],
    [cyclic, '[1,{"self":[Circular]}]'],
  ])("is a true one, where JSON would be another or none: %o", ([value, text]) => {
    expect(describeValue(value)).toBe(text);
  });

  test.for<readonly [string, () => unknown, string]>([
    [
      "a getter",
      () => ({
        a: 1,
        get b() {
          return throwing();
        },
        c: 2,
      }),
      '{"a":1,"b":(unreadable),"c":2}',
    ],
    ["a toJSON", () => ({ a: { toJSON: throwing } }), '{"a":[object Object]}'],
    ["a toJSON that gives nothing", () => ({ toJSON: () => undefined }), "[object Object]"],
    ["a toJSON without end", () => new Endless(), "[object Object]"],
    ["a proxy whose target is gone", revoked, "an object"],
    ["such a proxy in a list", () => [1, revoked()], "[1,an object]"],
    ["a proxy that throws", () => new Proxy({}, { ownKeys: throwing }), "[object Object]"],
    ["a function that throws", () => new Proxy(() => 1, { get: throwing }), "function (anonymous)"],
    [
      "a tag that throws",
      () => ({
        get [Symbol.toStringTag]() {
          return throwing();
        },
      }),
      "an object",
    ],
    ["a tag that is not true", () => ({ [Symbol.toStringTag]: "Map" }), "[object Map]"],
    [
      "an error that throws",
      () => Object.defineProperty(new Error("x"), "message", { get: throwing }),
      "[object Error]",
    ],
  ])("is there for %s", ([, make, text]) => {
    expect(describeValue(make())).toBe(text);
  });

  test("is short, also of what is endless", () => {
    const deep: unknown[] = [];
    let last = deep;
    for (let depth = 0; depth < 100_000; depth += 1) last.push((last = []));
    const values = [
      "x".repeat(1000),
      { hour: "x".repeat(1000) },
      Array.from({ length: 1_000_000 }, () => "item"),
      new Set(Array.from({ length: 1000 }, (_, index) => index)),
      deep,
      new Proxy([], { get: (_, key) => (key === "length" ? 2 ** 32 - 1 : undefined) }),
    ];
    for (const value of values) expect(describeValue(value).length).toBeLessThan(84);
    expect(describeValue(values[1])).toBe(`{"hour":"${"x".repeat(68)}...`);
  });
});
