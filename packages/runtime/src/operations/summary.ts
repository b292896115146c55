import { describeValue } from "../describe-value.ts";
import { InvalidArgumentError } from "../errors.ts";

/** What is stored in place of a child context's result that is too large: what the user says of it, marked. */
export function writeSummary(summary: string): string {
  return JSON.stringify({ type: "ChildContextResult", summary });
}

/** Whatever a user's serdes may write, it hardly begins like this. */
export function isSummary(text: string): boolean {
  return text.startsWith('{"type":"ChildContextResult",');
}

/** What a `summaryGenerator` returned, checked. */
export function textOf(summary: unknown): string {
  if (typeof summary === "string") return summary;
  throw new InvalidArgumentError(
    `The summaryGenerator returned ${describeValue(summary)}; it must return a text.`,
  );
}
