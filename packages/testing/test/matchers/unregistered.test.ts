import { afterEach, describe, expect, test } from "vitest";
import { durableMatchers } from "../../src/matchers/index.ts";
import { matcherNames } from "../../src/matchers/names.ts";
import { explainUnregisteredMatchers } from "../../src/matchers/unregistered.ts";

type Matchers = Record<string, () => unknown>;

/** A framework with a global `expect`. */
function globalExpect(registered: object): Matchers {
  const added: Matchers = {};
  const extend = (matchers: Matchers): void => void Object.assign(added, matchers);
  Reflect.set(
    globalThis,
    "expect",
    Object.assign(() => {}, { extend }, registered),
  );
  return added;
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, "expect");
});

describe("matchers that nobody has registered", () => {
  test("say how that is done", () => {
    const added = globalExpect({});
    explainUnregisteredMatchers();
    expect(Object.keys(added)).toEqual(Object.keys(durableMatchers));
    expect(added["toBePending"]).toThrowErrorMatchingInlineSnapshot(`
      [InvalidArgumentError: toBePending is a matcher of durabletest that has not been registered here. Either import durableTest from the plugin for your framework, or add to its configuration:
        Jest    preset: "@durabletest/jest-plugin", or setupFilesAfterEnv: ["@durabletest/jest-plugin/setup"]
        Vitest  plugins: [durable()], with durable from "@durabletest/vitest-plugin/config"
        others  expect.extend(durableMatchers), from "@durabletest/testing/matchers"]
    `);
  });

  test("are left alone where they are there, and where no expect is global", () => {
    const added = globalExpect({ toBePending: () => {} });
    explainUnregisteredMatchers();
    expect(added).toEqual({});
    Reflect.deleteProperty(globalThis, "expect");
    expect(() => explainUnregisteredMatchers()).not.toThrow();
    expect(matcherNames).toEqual(Object.keys(durableMatchers));
  });
});
