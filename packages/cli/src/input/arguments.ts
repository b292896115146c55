import type { Duration } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import { InvalidArgumentError } from "commander";
import { readJson } from "./json.ts";

/** Readers of option values. What they throw, the parser tells with the option's name. */

/** `90s`, `2h`, `1d12h`. */
export function readDuration(text: string): Duration {
  const parts = /^\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?\s*$/.exec(text);
  if (parts !== null && text.trim() !== "") {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts
      .slice(1)
      .map((amount: string | undefined) => Number(amount ?? 0));
    return { days, hours, minutes, seconds };
  }
  throw new InvalidArgumentError("That is no length of time. Examples: 90s, 15m, 2h, 1d12h.");
}

/** A whole number, not negative. */
export function readWhole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("That is no whole number.");
}

export function readTime(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError("That is no time. Example: 2026-03-01T12:00:00Z.");
}

/** When an execution begins: early enough that what it waits for is still a date. */
export function readStartTime(text: string): Date {
  const time = readTime(text);
  if (time <= LATEST_START) return time;
  throw new InvalidArgumentError("That is too late: an execution begins before the year 10000.");
}

const LATEST_START = new Date("9999-12-31T23:59:59.999Z");

/** Values by name, in the order in which they were given. */
export type Named<Value> = ReadonlyMap<string, readonly Value[]>;

/** `name=module`: each name once. */
export function collectModules(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const { name, value } = splitAtSign(text);
  if (!before.has(name)) return new Map([...before, [name, value]]);
  throw new InvalidArgumentError(`${name} is named twice. A name stands for one function.`);
}

export function added<Value>(before: Named<Value>, name: string, value: Value): Named<Value> {
  return new Map([...before, [name, [...(before.get(name) ?? []), value]]]);
}

export function splitAtSign(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf("=");
  if (at > 0) return { name: text.slice(0, at), value: text.slice(at + 1) };
  throw new InvalidArgumentError("Give a name and a value: name=value.");
}

/**
 * `name=value`, where the value is JSON: a name may have such signs in it, too.
 *
 * @returns the first parts that are so; else those at the first sign.
 */
export function splitAtJson(text: string): { readonly name: string; readonly value: string } {
  for (let at = text.indexOf("=", 1); at !== -1; at = text.indexOf("=", at + 1)) {
    const value = text.slice(at + 1);
    if (isJson(value)) return { name: text.slice(0, at), value };
  }
  return splitAtSign(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON behind a `=`. */
export function parsedValue(text: string): unknown {
  try {
    return readJson(text, "The value");
  } catch (error) {
    throw new InvalidArgumentError(
      `${asError(error).message}\nA text is JSON in double quotes: '"text"'.`,
    );
  }
}
