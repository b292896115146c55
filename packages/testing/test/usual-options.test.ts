import { expect, test } from "vitest";
import { checkOptions } from "../src/options.ts";
import { respond } from "../src/script.ts";

const callbacks = { approval: respond.success(true), payment: () => undefined };

test.each([
  {},
  { unusedScripts: "error" },
  { callbacks },
  { callbacks, unusedScripts: "report" },
  { callbacks: undefined, unusedScripts: undefined },
] as const)("the usual options %j mean what the schema reads in them", (options) => {
  // With another option beside them, the schema reads all of them.
  expect(checkOptions(options)).toEqual(checkOptions({ ...options, seed: 0 }));
});

test("no options mean the defaults", () => {
  expect(checkOptions()).toEqual(checkOptions({ seed: 0 }));
});

test.each([
  [{ unusedScripts: "warn" }, 'unusedScripts: "warn" is not "report" or "error".'],
  [{ callbacks: [] }, "callbacks: [] is not an object of scripts by callback name."],
  [{ callbacks: { approval: 1 } }, "callbacks.approval: 1 is no response."],
  [{ callback: {} }, 'There is no option "callback". Did you mean "callbacks"?'],
  [[], "The options [] are no object."],
])("the options %j are refused by the schema", (options, message) => {
  expect(() => checkOptions(options as never)).toThrow(message);
});

test("options whose own code throws are refused by the schema", () => {
  const options = {
    get callbacks(): never {
      throw new Error("not today");
    },
  };
  expect(() => checkOptions(options)).toThrow("The options cannot be read: Error: not today.");
});

test("options of a class are read, inherited ones too", () => {
  class Options {
    readonly unusedScripts = "error";
  }
  expect(checkOptions(new Options()).unusedScripts).toBe("error");
});
