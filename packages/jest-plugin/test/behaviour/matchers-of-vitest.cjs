/** Matchers that tests use and that only Vitest has, made of Jest's. */
const { readFileSync } = require("node:fs");
const { join, dirname } = require("node:path");
const { expect } = require("@jest/globals");

const passes = (expectation) => {
  try {
    expectation();
    return { pass: true, message: () => "It should not have been called like this." };
  } catch (error) {
    return { pass: false, message: () => error.message };
  }
};

expect.extend({
  toHaveBeenCalledOnce: (mock) => passes(() => expect(mock).toHaveBeenCalledTimes(1)),
  toHaveBeenCalledExactlyOnceWith: (mock, ...args) =>
    passes(() => {
      expect(mock).toHaveBeenCalledTimes(1);
      expect(mock).toHaveBeenCalledWith(...args);
    }),
  // Vitest has written it; Jest is to come to the same.
  toMatchFileSnapshot: (received, file) =>
    passes(() => {
      const { testPath } = expect.getState();
      expect(received).toBe(readFileSync(join(dirname(testPath), file), "utf8"));
    }),
});
