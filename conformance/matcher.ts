/**
 * Compares what a requirement expects with what was recorded, by the published rules:
 *
 * - Expected events are looked up by `EventId`; events that are not listed are ignored.
 * - `"*"` and an empty object match whatever is there. Something must be there.
 * - `${/re/}` matches by regular expression; a number is matched by its digits.
 * - `${NAME}` is bound where it is first seen, and must be equal ever after. Within a longer text it
 *   stands for what it is bound to.
 * - Of an object only the expected keys are compared; lists have the same length, element by element.
 *
 * Everything else is the same or is not.
 */
import { inspect } from "node:util";
import { type Bindings, nameIn, substituteText } from "./variables.ts";

export interface Match {
  /** What is not as expected, in the order of what is expected. */
  readonly differences: readonly string[];
  /** With the names bound on the way. */
  readonly bindings: Bindings;
}

interface ExpectedEvent {
  readonly EventId: number;
}

/** Compares a history with the events that are expected in it. */
export function matchHistory(
  expected: readonly ExpectedEvent[],
  history: readonly ExpectedEvent[],
  bindings: Bindings,
): Match {
  const recorded = new Map(history.map((event) => [event.EventId, event]));
  const known = new Map(bindings);
  const differences = expected.flatMap((event) => {
    const actual = recorded.get(event.EventId);
    return actual === undefined
      ? [`event ${event.EventId}: there is none, the last one is ${history.at(-1)?.EventId ?? 0}`]
      : compare(event, actual, { path: `event ${event.EventId}`, known });
  });
  return { differences, bindings: known };
}

const MISSING = Symbol("missing");

interface Place {
  readonly path: string;
  /** Grows as names are seen. */
  readonly known: Map<string, unknown>;
}

function compare(expected: unknown, actual: unknown, place: Place): readonly string[] {
  const { path, known } = place;
  const differs = (wanted: string): readonly string[] => [
    `${path}: expected ${wanted}, got ${actual === MISSING ? "nothing" : show(actual)}`,
  ];
  if (actual === MISSING) return differs(show(expected));
  if (typeof expected === "string") {
    if (expected === "*") return [];
    const pattern = /^\$\{\/(?<source>.+)\/\}$/.exec(expected)?.groups?.["source"];
    if (pattern !== undefined) {
      const isText = typeof actual === "string" || typeof actual === "number";
      const matches = isText && new RegExp(pattern).test(String(actual));
      return matches ? [] : differs(`/${pattern}/`);
    }
    const name = nameIn(expected);
    if (name !== undefined && !known.has(name)) {
      known.set(name, actual);
      return [];
    }
    const value = name === undefined ? substituteText(expected, known) : known.get(name);
    return value === actual ? [] : differs(name === undefined ? show(value) : bound(name, value));
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return differs("a list");
    if (actual.length !== expected.length) return differs(`a list of ${expected.length}`);
    return expected.flatMap((element, index) =>
      compare(element, actual[index], { path: `${path}[${index}]`, known }),
    );
  }
  if (isObject(expected)) {
    const keys = Object.entries(expected);
    if (keys.length === 0) return [];
    if (!isObject(actual)) return differs("an object");
    return keys.flatMap(([key, value]) =>
      compare(value, key in actual ? actual[key] : MISSING, { path: `${path}.${key}`, known }),
    );
  }
  return expected === actual ? [] : differs(show(expected));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function bound(name: string, value: unknown): string {
  return `${show(value)} (\${${name}})`;
}

function show(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 4 });
}
