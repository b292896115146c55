import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  executionArn,
  findFunction,
  functionArn,
  plainName,
  requestId,
} from "../../src/service/function-name.ts";
import { parameters } from "../property/settings.ts";

const arn = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const name = fc.stringMatching(/^[\w-]{1,64}$/);

describe("a function is found", () => {
  test.prop([fc.uniqueArray(name, { minLength: 1 }), fc.nat()], parameters(0.05))(
    "by the very text under which it is known, whatever else is known",
    (names, which) => {
      const known = names.flatMap((each) => [each, `${each}:live`, arn(each)]);
      const wanted = known[which % known.length]!;
      expect(findFunction(wanted, known)).toBe(wanted);
    },
  );

  test.each([
    { by: "payments", known: arn("payments") },
    { by: arn("payments"), known: "payments" },
    { by: "123456789012:function:payments", known: "payments" },
    { by: "payments:live", known: "payments" },
    { by: "payments", known: "payments:live" },
    { by: arn("payments:live"), known: "payments:live" },
    { by: arn("payments"), known: "arn:aws:lambda:eu-west-1:210987654321:function:payments:live" },
    { by: "function:live", known: "function" },
    { by: arn("function:live"), known: "function:live" },
  ])("by its name, when one of the two says more: $known by $by", ({ by, known }) => {
    expect(findFunction(by, ["orders", known, "refunds:live"])).toBe(known);
  });

  test.each([
    { what: "another name", by: "pay", known: ["payments"] },
    { what: "another version", by: "payments:blue", known: ["payments:live"] },
    { what: "a version of another name", by: "orders:live", known: ["payments:live"] },
    { what: "two of that name", by: "payments", known: ["payments:live", "payments:blue"] },
    { what: "nothing", by: "payments", known: [] },
  ])("by no guess: not where there is $what", ({ by, known }) => {
    expect(findFunction(by, known)).toBeUndefined();
  });

  test("by its version, among several of one name", () => {
    const known = ["payments:live", "payments:blue"];
    expect(findFunction(arn("payments:blue"), known)).toBe("payments:blue");
  });
});

describe("a function", () => {
  test.each(["payments", "payments:live", arn("payments"), arn("payments:7")])(
    "has its name without the rest: %s",
    (text) => {
      expect(plainName(text)).toBe("payments");
    },
  );

  test.each([
    ["payments", arn("payments")],
    ["payments:live", arn("payments:live")],
    [arn("payments:7"), arn("payments:7")],
  ])("is invoked by an ARN that says the version it was asked for: %s", (text, invoked) => {
    expect(functionArn(text)).toBe(invoked);
  });
});

describe("ids", () => {
  test.prop([name, fc.uniqueArray(fc.string(), { minLength: 2 })], parameters(0.05))(
    "of executions are ARNs of the latest version, one for each cause, the same on every run",
    (functionName, causes) => {
      const arns = causes.map((cause) => executionArn(`${functionName}:live`, cause));
      const version = `${arn(functionName)}:$LATEST/durable-execution/test/`;
      for (const each of arns) {
        expect(each.startsWith(version)).toBe(true);
        expect(each.slice(version.length)).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
      }
      expect(new Set(arns).size).toBe(causes.length);
      expect(causes.map((cause) => executionArn(functionName, cause))).toEqual(arns);
    },
  );

  test.prop(
    [fc.uniqueArray(fc.string(), { minLength: 2 }), fc.integer({ min: 1, max: 9 })],
    parameters(0.05),
  )(
    "of requests are UUIDs as a random source makes them, one for each invocation of each execution",
    (arns, count) => {
      const ids = arns.flatMap((each) =>
        Array.from({ length: count }, (_, index) => requestId(each, index + 1)),
      );
      for (const id of ids) {
        expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      }
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});
