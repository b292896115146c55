import { InvalidJsonError } from "../errors.ts";

/**
 * Reads a JSON text.
 *
 * @param what - what it was given as, for the message: `--input`, a file's name.
 * @throws InvalidJsonError, which shows the place where it stops being JSON.
 */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidJsonError(`${what} is no JSON${placeOf(text)}`, { cause });
  }
}

/** What writes or copies a value goes one call deeper for each level, and there is an end to that. */
const DEEPEST = 1000;

/**
 * Reads a JSON text that is sent on, from thread to thread.
 *
 * @throws InvalidJsonError, also where lists and objects lie too deep within each other.
 */
export function readSentJson(text: string, what: string): unknown {
  const value = readJson(text, what);
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      throw new InvalidJsonError(
        `${what} has more than ${DEEPEST} lists and objects within each other. Give one that is less deep.`,
      );
    }
    level = level.flatMap((one) =>
      typeof one === "object" && one !== null ? (Object.values(one) as unknown[]) : [],
    );
  }
  return value;
}

/** How much of a long line is shown on each side of the place. */
const AROUND = 30;

function placeOf(text: string): string {
  if (text.trim() === "") return ": it is empty.";
  const at = endOfJson(text);
  const lines = text.slice(0, at).split("\n").length;
  const begin = text.lastIndexOf("\n", at - 1) + 1;
  const column = at - begin;
  const from = Math.max(0, column - AROUND);
  const shown = text
    .slice(begin)
    .replace(/\n[^]*/, "")
    .slice(from, column + AROUND)
    .replaceAll(/\s/g, " ");
  const what =
    at >= text.length ? "it ends too early" : `not expected: ${JSON.stringify(text[at])}`;
  return `, at line ${lines}, column ${column + 1}: ${what}.\n    ${shown}\n    ${" ".repeat(column - from)}^`;
}

const SPACE = /[ \t\n\r]*/y;
const TEXT = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

/** Where a text stops being the beginning of a JSON text. Engines do not always say. */
function endOfJson(text: string): number {
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const skipSign = (sign: string): boolean => {
    skip(SPACE);
    if (text[at] !== sign) return false;
    at += 1;
    return true;
  };
  const skipKey = (): boolean => {
    skip(SPACE);
    return skip(TEXT) && skipSign(":");
  };
  const closers: string[] = [];
  /** What comes next: a value; one, or the end of a list that has none yet; what follows a value. */
  let next: "value" | "value or end" | "after" = "value";
  for (;;) {
    skip(SPACE);
    if (next === "after") {
      const closer = closers.at(-1);
      if (closer === undefined) return at;
      if (skipSign(closer)) {
        closers.pop();
      } else if (!skipSign(",") || (closer === "}" && !skipKey())) {
        return at;
      } else {
        next = "value";
      }
      continue;
    }
    if (next === "value or end" && skipSign("]")) {
      closers.pop();
      next = "after";
    } else if (skipSign("[")) {
      closers.push("]");
      next = "value or end";
    } else if (skipSign("{")) {
      next = "after";
      if (skipSign("}")) continue;
      closers.push("}");
      if (!skipKey()) return at;
      next = "value";
    } else if (skip(TEXT) || skip(SCALAR)) {
      next = "after";
    } else {
      return at;
    }
  }
}
