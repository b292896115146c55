import { excerpt } from "../print/excerpt.ts";
import {
  type AsymmetricMatch,
  isAsymmetric,
  isEqual,
  isPlain,
  type MatcherContext,
} from "./framework.ts";

/** Longer differences are cut. */
const LINES_SHOWN = 50;
/** Of larger values only what differs is compared, and shown: bytes of JSON. */
const SMALL = 4000;
/** Of a long list only the first items that differ are shown. */
const ITEMS_SHOWN = 5;
/** Of long texts only the part that differs is shown. */
const LONG_TEXT = 300;

/**
 * The difference, for a message. What an asymmetric matcher accepts is no difference; what a pattern
 * does not name is not shown.
 */
export function difference(
  context: MatcherContext,
  received: unknown,
  expected: unknown,
  scope: "whole" | "pattern",
): string {
  const { utils } = context;
  const ask = (value: unknown, wanted: unknown): boolean => isEqual(context, value, wanted);
  let sides = compared(received, expected, { ask, scope });
  if (!isSmall(sides.received) || !isSmall(sides.expected)) sides = pruned(sides, ask);
  const diff = utils.diff(sides.expected, sides.received);
  const text =
    diff === null || diff === undefined || diff === ""
      ? `Expected: ${utils.printExpected(expected)}\nReceived: ${utils.printReceived(sides.received)}`
      : diff;
  return excerpt(text, { lines: LINES_SHOWN });
}

interface Sides {
  readonly received: unknown;
  readonly expected: unknown;
}

function compared(
  received: unknown,
  expected: unknown,
  how: {
    readonly ask: (value: unknown, wanted: AsymmetricMatch) => boolean;
    readonly scope: "whole" | "pattern";
  },
): Sides {
  if (isAsymmetric(expected)) {
    return { received, expected: how.ask(received, expected) ? received : expected };
  }
  if (Array.isArray(received) && Array.isArray(expected)) {
    const sides = expected.map((item: unknown, index) => compared(received[index], item, how));
    return {
      expected: sides.map((side) => side.expected),
      received: received.map((item: unknown, index) => {
        const side = sides[index];
        return side === undefined ? item : side.received;
      }),
    };
  }
  if (!isPlain(received) || !isPlain(expected)) return { received, expected };
  const sides = Object.entries(expected).map(
    ([key, value]) => [key, compared(received[key], value, how)] as const,
  );
  const pick = (side: keyof Sides): Record<string, unknown> =>
    Object.fromEntries(
      sides.flatMap(([key, values]) =>
        side === "expected" || key in received ? [[key, values[side]]] : [],
      ),
    );
  const rest = how.scope === "whole" ? received : {};
  return { expected: pick("expected"), received: { ...rest, ...pick("received") } };
}

/** Both sides without what is equal in them. */
function pruned(
  { received, expected }: Sides,
  ask: (value: unknown, wanted: unknown) => boolean,
): Sides {
  if (typeof received === "string" && typeof expected === "string") {
    return aroundDifference(received, expected);
  }
  if (Array.isArray(received) && Array.isArray(expected)) {
    const length = Math.max(received.length, expected.length);
    const indexes = Array.from({ length }, (_, index) => index);
    const different = indexes.filter((index) => !ask(received[index], expected[index]));
    return withoutTheRest({ received, expected }, different, length, ask);
  }
  if (isPlain(received) && isPlain(expected)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(received)])];
    const different = keys.filter((key) => !ask(received[key], expected[key]));
    return withoutTheRest({ received, expected }, different, keys.length, ask);
  }
  return { received, expected };
}

function withoutTheRest(
  sides: { readonly received: object; readonly expected: object },
  different: readonly (string | number)[],
  count: number,
  ask: (value: unknown, wanted: unknown) => boolean,
): Sides {
  const shown = different.slice(0, ITEMS_SHOWN).map((key) => {
    const both = { received: at(sides.received, key), expected: at(sides.expected, key) };
    return [key, pruned(both, ask)] as const;
  });
  const equal = count - different.length;
  const notes = [
    ...(equal === 0 ? [] : [`${equal} equal`]),
    ...(different.length === shown.length
      ? []
      : [`${different.length - shown.length} more differ`]),
  ];
  const side = (name: keyof Sides): Record<string, unknown> => ({
    ...Object.fromEntries(
      shown.flatMap(([key, values]) =>
        key in sides[name] ? [[typeof key === "number" ? `[${key}]` : key, values[name]]] : [],
      ),
    ),
    ...(notes.length === 0 ? {} : { "…": notes.join(", ") }),
  });
  return { received: side("received"), expected: side("expected") };
}

function at(value: object, key: string | number): unknown {
  return Reflect.get(value, key);
}

function aroundDifference(received: string, expected: string): Sides {
  if (received.length <= LONG_TEXT && expected.length <= LONG_TEXT) return { received, expected };
  let first = 0;
  while (first < expected.length && received[first] === expected[first]) first += 1;
  const from = Math.max(0, first - 40);
  const part = (text: string): string => {
    const end = Math.min(text.length, from + LONG_TEXT);
    const before = from === 0 ? "" : `(${from} characters) …`;
    return `${before}${text.slice(from, end)}${end === text.length ? "" : `… (${text.length - end} more)`}`;
  };
  return { received: part(received), expected: part(expected) };
}

function isSmall(value: unknown): boolean {
  try {
    return (JSON.stringify(value) ?? "").length <= SMALL;
  } catch {
    return false; // it refers to itself, or throws
  }
}
