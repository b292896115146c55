import { nearMisses } from "../input/near-misses.ts";
import { isPlain, type MatcherContext, matchesPattern } from "./framework.ts";

/** A property that is not as a pattern wants it. */
export interface Mismatch {
  /** `result.approved`; empty for the value as a whole. */
  readonly path: string;
  /** Where there is no such property: which there are. */
  readonly hint: string;
}

/** The properties, the innermost ones, that keep a value from being as expected. */
export function mismatches(
  context: MatcherContext,
  received: unknown,
  pattern: unknown,
  path = "",
): readonly Mismatch[] {
  if (matchesPattern(context, received, pattern)) return [];
  if (!isPlain(received) || !isPlain(pattern)) return [{ path, hint: "" }];
  return Object.entries(pattern).flatMap(([key, wanted]) => {
    const at = path === "" ? key : `${path}.${key}`;
    if (key in received) return mismatches(context, received[key], wanted, at);
    if (matchesPattern(context, undefined, wanted)) return [];
    return [{ path: at, hint: `There is no ${at}.${nearMisses(key, Object.keys(received))}` }];
  });
}
