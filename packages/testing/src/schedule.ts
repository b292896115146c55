import { DurableError, InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";

/** What is to go otherwise than usual: decisions, as plain data, by the id of the point that each is about. */
export type Schedule = ReadonlyMap<string, unknown>;

/** A schedule is no schedule of this handler: it is damaged, or speaks of what never comes up. */
export class ScheduleError extends DurableError {
  override readonly name = "ScheduleError";
  readonly code = "SCHEDULE";
}

/**
 * That an execution has gone as far as it goes, and a part of its schedule is left.
 *
 * @param how - what has become of it: "has ended (SUCCEEDED)".
 * @param unasked - ids of points that it has not come to.
 */
export function misfit(how: string, unasked: readonly string[], cause?: unknown): ScheduleError {
  const points = unasked.map((id) => JSON.stringify(id)).join(", ");
  return new ScheduleError(
    `The schedule does not fit this execution, which ${how} without coming to ${points}. It belongs to another handler, to another input, or to this handler before it was changed: explore() again.`,
    cause === undefined ? {} : { cause },
  );
}

/**
 * A schedule as a text of one line: a checksum, and its decisions as JSON.
 *
 * @example
 * ```ts
 * writeSchedule(new Map([["checkpoint#2", "crash after"]])); // '1xk3f9 [["checkpoint#2","crash after"]]'
 * ```
 */
export function writeSchedule(schedule: Schedule): string {
  const text = JSON.stringify([...schedule]);
  return `${sumOf(text)} ${text}`;
}

/**
 * Reads what {@link writeSchedule} has written.
 *
 * @throws InvalidArgumentError when it is no text; ScheduleError when it is damaged.
 */
export function readSchedule(value: unknown, where: string): Schedule {
  if (typeof value !== "string") {
    throw new InvalidArgumentError(
      `${where}: ${describeValue(value)} is no schedule. Give the text that explore() has printed.`,
    );
  }
  const text = value.trim();
  const space = text.indexOf(" ");
  const [sum, json] = [text.slice(0, space), text.slice(space + 1)];
  if (space === -1 || sumOf(json) !== sum) {
    throw new ScheduleError(
      `${where}: ${describeValue(value)} is damaged: its checksum does not fit. Copy the whole text that explore() has printed, as it is.`,
    );
  }
  return new Map(JSON.parse(json) as readonly (readonly [string, unknown])[]);
}

function sumOf(text: string): string {
  return checksum(text).toString(36);
}

/** FNV-1a, 32 bits. */
export function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
