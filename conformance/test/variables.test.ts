import { expect, test } from "vitest";
import { bindVariables, substitute } from "../variables.ts";

const halfway = (): number => 0.5;

test("a generated variable has as many letters and digits as it asks for", () => {
  const variables = bindVariables({ NAME: "${GEN_STR:12}", FIXED: "approval" }, Math.random);

  expect(variables.get("NAME")).toMatch(/^[A-Za-z0-9]{12}$/);
  expect(variables.get("FIXED")).toBe("approval");
});

test("a generated variable is drawn anew for each run", () => {
  const drawn = Array.from({ length: 20 }, () =>
    bindVariables({ NAME: "${GEN_STR:10}" }, Math.random).get("NAME"),
  );

  expect(new Set(drawn).size).toBe(20);
});

test("names are replaced at any depth, within texts too", () => {
  const variables = bindVariables({ NAME: "${GEN_STR:2}" }, halfway);
  const name = variables.get("NAME");

  expect(substitute({ a: ["${NAME}", 'x "${NAME}"'], b: 1, c: null }, variables)).toEqual({
    a: [name, `x "${String(name)}"`],
    b: 1,
    c: null,
  });
});

test("a name that is all of a text is replaced by the value as it is", () => {
  expect(substitute("${N}", new Map([["N", 42]]))).toBe(42);
});

test("a name that stands for nothing is an error", () => {
  expect(() => substitute({ a: "x ${NAMW}" }, new Map([["NAME", "x"]]))).toThrow("${NAMW}");
});
