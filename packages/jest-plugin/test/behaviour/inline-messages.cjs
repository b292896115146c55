/**
 * Messages of matchers are the same in both frameworks but for how a value is printed: on one line or several, with
 * or without the name of its class. Only that is overlooked here.
 */
const { expect } = require("@jest/globals");

const words = (text) =>
  text
    .replaceAll(/\b(?:Object|Array) (?=[[{])/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/([[{]) | (?=[\]}])|,(?= ?[\]}])|"/g, "$1")
    .trim();

expect.extend({
  toMatchInlineSnapshot(received, snapshot) {
    const [actual, expected] = [words(String(received)), words(snapshot)];
    return {
      pass: actual === expected,
      message: () => `${this.utils.diff(expected, actual)}\n\n${received}`,
    };
  },
});
