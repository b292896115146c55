import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { NAME, SUBTYPE, validateText } from "../../src/service/text-rules.ts";
import { parameters } from "../property/settings.ts";
import { thrownBy } from "../support/thrown-by.ts";

/** Any character, with those near the ends of what is allowed more often than others. */
const character = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.constantFrom(..."\u001F !~\u007F\u0080@AZ[`az{-_/09:".split("")),
);

describe.each([
  { what: "name", rule: { ...NAME, most: 256 }, allowed: /^[ -~]$/ },
  { what: "subtype", rule: SUBTYPE, allowed: /^[A-Za-z_-]$/ },
])("the $what of an operation", ({ rule, allowed }) => {
  const check = (text: string | undefined) => validateText(text, "It", rule);
  const refusal = (text: string): string => {
    const error = thrownBy(() => check(text));
    expect(error).toMatchObject({ name: "InvalidParameterValueException" });
    return (error as Error).message;
  };

  test.prop([character], parameters(0.25))(
    "takes the characters that the service does, and no others",
    (text) => {
      if (allowed.test(text)) check(`a${text}z`);
      else {
        expect(refusal(`a${text}z`)).toContain(
          `It, ${JSON.stringify(`a${text}z`)}, has the character ${JSON.stringify(text)} (U+`,
        );
      }
    },
  );

  test("may be left out, and may have one character, or as many as the service takes", () => {
    check(undefined);
    check("a");
    check("a".repeat(rule.most));
  });

  test("is refused when it is empty or too long, with the limit", () => {
    expect(refusal("")).toBe(`It is empty; it must have 1 to ${rule.most} characters.`);
    expect(refusal("a".repeat(rule.most + 1))).toBe(
      `It has ${rule.most + 1} characters; the limit is ${rule.most}.`,
    );
  });
});

test.each([
  [
    "gr\u00F6\u00DFe",
    { ...NAME, most: 9 },
    '"\u00F6" (U+00F6); it takes printable ASCII, from the blank to the tilde.',
  ],
  [
    "a\tb",
    { ...NAME, most: 9 },
    '"\\t" (U+0009); it takes printable ASCII, from the blank to the tilde.',
  ],
  [
    "to \u{1F680}",
    { ...NAME, most: 9 },
    '"\u{1F680}" (U+1F680); it takes printable ASCII, from the blank to the tilde.',
  ],
  ["wait for", SUBTYPE, '" " (U+0020); it takes letters, hyphens and underscores.'],
])(
  "A character that is refused is told by its code point, with what is taken: %s",
  (text, rule, says) => {
    expect(thrownBy(() => validateText(text, "It", rule))).toMatchObject({
      message: `It, ${JSON.stringify(text)}, has the character ${says}`,
    });
  },
);
