/**
 * Marks and measures of handler code, and the time stamps of events.
 *
 * Owns: which marks an execution has made: the process has one timeline, in which those of others
 * have the same names.
 */
import { performance } from "./builtins.ts";
import { elapsedMs } from "./elapsed.ts";
import type { ExecutionEnvironment } from "./environment.ts";
import { routeGetter, routeMethod } from "./route.ts";
import type { Scope } from "./scope.ts";
import { shared } from "./shared.ts";

const marks = shared("marks", () => new WeakMap<ExecutionEnvironment, Map<string, number>>());

export function routePerformanceEntries(): void {
  const prototype = Object.getPrototypeOf(performance) as object;
  // Node's own error for arguments that are missing, or do not go together.
  routeMethod(prototype, "mark", (scope, given, native) => {
    if (given.length === 0) return native();
    const [name, options] = given;
    const startTime = elapsedMs(scope);
    const made = native(name, isObject(options) ? { startTime, ...options } : { startTime });
    const { name: known, startTime: at } = made as PerformanceEntry;
    marksOf(scope).set(known, at);
    return made;
  });
  routeMethod(prototype, "measure", (scope, given, native) => {
    const [name, from, to] = given;
    if (given.length === 0 || (isObject(from) && to !== undefined)) return native(...given);
    return native(name, measured(scope, from, to));
  });
  routeMethod(prototype, "clearMarks", ({ environment }, [name], native) => {
    if (typeof name === "string") marks.get(environment)?.delete(name);
    else marks.delete(environment);
    return native(name);
  });
}

export function routeEvent(prototype: Event): void {
  routeGetter(prototype, "timeStamp", (scope, native) => {
    const at = scope.environment.clockHistory.virtualAt(Number(native));
    return at === undefined ? native : elapsedMs(scope, at);
  });
}

/** The arguments of a measure, as options that name no mark of this execution and leave no end open. */
function measured(scope: Scope, from: unknown, to: unknown): object {
  const given: { start?: unknown; end?: unknown; duration?: unknown } = isObject(from)
    ? { ...from }
    : { start: from ?? 0 };
  if (to !== undefined) given.end = to;
  const own = marks.get(scope.environment);
  const timeOf = (value: unknown) =>
    typeof value === "string" ? (own?.get(value) ?? value) : value;
  if (given.start !== undefined) given.start = timeOf(given.start);
  if (given.end !== undefined) given.end = timeOf(given.end);
  else if (given.start === undefined || given.duration === undefined) given.end = elapsedMs(scope);
  return given;
}

function marksOf({ environment }: Scope): Map<string, number> {
  const found = marks.get(environment) ?? new Map<string, number>();
  marks.set(environment, found);
  return found;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
