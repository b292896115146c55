import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { ServiceLimits } from "@durabletest/runtime/protocol";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { parameters } from "../property/settings.ts";
import { ServedExecution } from "../support/served-execution.ts";
import { thrownBy } from "../support/thrown-by.ts";

type Texts = Pick<OperationUpdate, "Name" | "SubType">;

const start = (texts: Texts): ServedExecution => {
  const execution = new ServedExecution();
  execution.invoke();
  execution.checkpoint({ Id: "1", Type: "STEP", Action: "START", ...texts });
  return execution;
};

const refusalOf = (texts: Texts): string => {
  const refusal = thrownBy(() => start(texts));
  expect(refusal).toMatchObject({ name: "InvalidParameterValueException" });
  return (refusal as Error).message;
};

/** Any character, with those near the ends of what is allowed more often than others. */
const character = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.constantFrom(..."\u001F !~\u007F\u0080@AZ[`az{-_/09:".split("")),
);

describe.each([
  { field: "Name", what: "name", most: ServiceLimits.nameLength, allowed: /^[ -~]$/ },
  { field: "SubType", what: "subtype", most: 32, allowed: /^[A-Za-z_-]$/ },
] as const)("the $what of an operation", ({ field, what, most, allowed }) => {
  test.prop([character], parameters(0.25))(
    "takes the characters that the service does, and no others",
    (text) => {
      const texts = { [field]: `a${text}z` };
      if (allowed.test(text)) {
        expect(start(texts).operation("1")).toMatchObject(texts);
      } else {
        expect(refusalOf(texts)).toContain(
          `The ${what} of 1, ${JSON.stringify(`a${text}z`)}, has the character ${JSON.stringify(text)}`,
        );
      }
    },
  );

  test("may be left out, and may have one character, or as many as the service takes", () => {
    expect(start({}).operation("1")?.[field]).toBeUndefined();
    for (const text of ["a", "a".repeat(most)]) {
      expect(start({ [field]: text }).operation("1")?.[field]).toBe(text);
    }
  });

  test("is refused when it is empty or too long, with the limit", () => {
    expect(refusalOf({ [field]: "" })).toBe(
      `The ${what} of 1 is empty; it must have 1 to ${most} characters.`,
    );
    expect(refusalOf({ [field]: "a".repeat(most + 1) })).toBe(
      `The ${what} of 1 has ${most + 1} characters; the limit is ${most}.`,
    );
  });
});

test.each([
  [{ Name: "größe" }, '"ö" (U+00F6); it takes printable ASCII, from the blank to the tilde.'],
  [{ Name: "a\tb" }, '"\\t" (U+0009); it takes printable ASCII'],
  [{ Name: "to the 🚀" }, '"🚀" (U+1F680); it takes printable ASCII'],
  [{ SubType: "wait for" }, '" " (U+0020); it takes letters, hyphens and underscores.'],
])(
  "A character that is refused is told by its code point, with what is taken: %j",
  (texts, says) => {
    expect(refusalOf(texts)).toContain(`has the character ${says}`);
  },
);
