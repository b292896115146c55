import { Script } from "node:vm";

import { describe, expect, test } from "vitest";

import { Origin } from "../../src/surroundings/origin.ts";

const inStep = { isInStep: () => true };
const outsideSteps = { isInStep: () => false };
const unknown = { isInStep: () => undefined };

const SDK_FILE = "/project/node_modules/@aws/durable-execution-sdk-js/dist/index.mjs";

/** Calls from a file of an SDK. */
function asSdk<T>(functionName: string, call: () => T): T {
  const source = `(function ${functionName}(call) { return call(); })`;
  const script = new Script(source, { filename: SDK_FILE });
  return (script.runInThisContext() as (call: () => T) => T)(call);
}

/** As a callback, it tells who has handed it on: it is long enough to be nobody else's. */
const longCallback = (): string =>
  "a callback of which nobody else has one that is the same to the letter, by accident";

describe("where something was begun", () => {
  test("is nowhere in a step", () => {
    expect(Origin.ofRunningCode(inStep)).toBeUndefined();
    expect(Origin.ofCallback(inStep, longCallback)).toBeUndefined();
  });

  test.each([
    ["outside a step", outsideSteps, true],
    ["where nobody tells", unknown, false],
  ])("%s is told by the stack", (_, host, isOutside) => {
    const origin = Origin.ofRunningCode(host);
    expect(origin?.isOfHandler()).toBe(true);
    expect(origin?.isOutsideSteps()).toBe(isOutside);
    expect(String(origin)).toMatch(/^at .*origin\.test\.ts:\d+/);
  });

  test("has a text also where nobody makes one of stacks", () => {
    const before: unknown = Reflect.get(Error, "prepareStackTrace");
    Reflect.set(Error, "prepareStackTrace", undefined);
    try {
      const byName = (function handler() {
        return Origin.ofRunningCode(outsideSteps);
      })();
      const nameless = (
        (): (() => Origin | undefined) => () =>
          Origin.ofRunningCode(outsideSteps)
      )()();
      expect(String(byName)).toMatch(/^at handler \(.*origin\.test\.ts:\d+:\d+\)$/);
      expect(String(nameless)).toMatch(/^at .*origin\.test\.ts:\d+:\d+$/);
    } finally {
      Reflect.set(Error, "prepareStackTrace", before);
    }
  });

  test("is outside steps where an SDK that does not tell has called, by the names it has", () => {
    const from = (name: string): Origin | undefined =>
      asSdk(name, () => Origin.ofRunningCode(unknown));
    expect(from("runHandler")?.isOutsideSteps()).toBe(true);
    expect(from("executeStep")?.isOutsideSteps()).toBe(false);
  });

  test("is nowhere once the callback is known to be an SDK's", () => {
    const source =
      "(function timer(origin, host, callback) { return origin.ofCallback(host, callback); })";
    const armTimer = new Script(source, { filename: SDK_FILE }).runInThisContext() as (
      origin: typeof Origin,
      ...args: Parameters<typeof Origin.ofCallback>
    ) => Origin | undefined;
    expect(armTimer(Origin, outsideSteps, longCallback)?.isOfHandler()).toBe(false);
    expect(armTimer(Origin, outsideSteps, longCallback)).toBeUndefined();
    // One that says little may be anybody's.
    armTimer(Origin, outsideSteps, () => 1);
    expect(Origin.ofCallback(outsideSteps, () => 1)?.isOfHandler()).toBe(true);
  });
});
