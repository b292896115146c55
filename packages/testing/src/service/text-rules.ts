import { refuse } from "./service-error.ts";

/** What a text must be like. */
interface TextRule {
  /** All of it. */
  readonly allowed: RegExp;
  readonly wanted: string;
  /** Characters. */
  readonly most: number;
}

/** The name of an operation. */
export const NAME: Omit<TextRule, "most"> = {
  allowed: /^[\x20-\x7E]*$/,
  wanted: "printable ASCII, from the blank to the tilde",
};

/** The subtype of an operation. */
export const SUBTYPE: TextRule = {
  allowed: /^[a-zA-Z_-]*$/,
  wanted: "letters, hyphens and underscores",
  most: 32,
};

/** @throws ServiceException */
export function validateText(
  text: string | undefined,
  what: string,
  { allowed, wanted, most }: TextRule,
): void {
  if (text === undefined) return;
  if (text === "") refuse(`${what} is empty; it must have 1 to ${most} characters.`);
  if (text.length > most) {
    refuse(`${what} has ${text.length} characters; the limit is ${most}.`);
  }
  if (allowed.test(text)) return;
  const wrong = [...text].find((each) => !allowed.test(each)) ?? "";
  const codePoint = Number(wrong.codePointAt(0)).toString(16).toUpperCase().padStart(4, "0");
  refuse(
    `${what}, ${JSON.stringify(text)}, has the character ${JSON.stringify(wrong)} (U+${codePoint}); it takes ${wanted}.`,
  );
}
