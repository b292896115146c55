/**
 * What tells the time besides `Date`: performance, process.hrtime, AbortSignal.timeout, Temporal.Now,
 * and Intl.DateTimeFormat when it is given no date.
 *
 * Owns: how each of them reads the execution's clock.
 *
 * 1. There is one performance object for all, and fake timers put a `now` of their own on it: that
 *    one is routed too, once it is there.
 */
import { performance } from "./builtins.ts";
import { bootMs, elapsedMs } from "./elapsed.ts";
import { unfaked } from "./natives.ts";
import { storage } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { routePerformanceEntries } from "./performance-entries.ts";
import { routeReplaceable } from "./replaceable.ts";
import { isFunction, once, routed, routeGetter, routeMethod } from "./route.ts";
import type { AnyFunction, ScopedCall } from "./route.ts";
import { armScopedTimer } from "./timer.ts";

/** Marks a `now` that is routed. */
const routedKey = Symbol.for("durabletest.routed");

// Kept: what is routed may outlive the sandbox that this was first loaded in.
const { AbortController, DOMException } = globalThis;

/** The one performance object of the process. */
export function routePerformance(): void {
  const prototype = Object.getPrototypeOf(performance) as object;
  // Bun has it on the object itself.
  if (Object.hasOwn(prototype, "now")) routeMethod(prototype, "now", (scope) => elapsedMs(scope));
  else reassertPerformance();
  routeGetter(prototype, "timeOrigin", ({ host }) => host.startedAt - bootMs);
  routePerformanceEntries();
}

export function routeAbortSignal(Signal: typeof AbortSignal): void {
  const native = Signal.timeout;
  const inside = routed<AnyFunction>(native, timeoutIn);
  routeReplaceable(Signal, "timeout", { original: native, inside, allowsSpies: true });
}

const timeoutIn: ScopedCall = (scope, [delayMs], native) => {
  const isDelay = typeof delayMs === "number" && delayMs >= 0 && delayMs <= 2 ** 32 - 1;
  // Node's own error for what is no delay.
  if (!isDelay || !Number.isInteger(delayMs)) return native(delayMs);
  const controller = new AbortController();
  const callback = () => {
    const message = "The operation was aborted due to timeout";
    controller.abort(new DOMException(message, "TimeoutError"));
  };
  armScopedTimer(scope, { callback, delayMs }).unref();
  return controller.signal;
};

/** Makes sure that what fake timers have put on the performance object is seen outside scopes only. */
export function reassertPerformance(): void {
  if (!Object.hasOwn(performance, "now")) return;
  const now: unknown = Object.getOwnPropertyDescriptor(performance, "now")?.value;
  if (!isFunction(now) || Reflect.get(now, routedKey) === true) return;
  const value = Object.assign(
    routed(now, (scope) => elapsedMs(scope)),
    { [routedKey]: true },
  );
  Object.defineProperty(performance, "now", { configurable: true, writable: true, value });
}

/** The clocks of one realm. */
export function routeClocks(realm: typeof globalThis): void {
  routeReplaceable(realm, "performance", { original: performance, inside: performance });
  routeTemporal(realm);
  routeIntl(realm);
}

/** The clocks of one process object: test frameworks make a copy for each sandbox. */
export function routeProcessClocks(process: NodeJS.Process): void {
  routeMethod(process, "uptime", (scope) => elapsedMs(scope) / 1000);
  const native = unfaked(process.hrtime, "hrtime");
  const hrtime = (previous?: [number, number]): [number, number] => {
    const scope = storage.getStore();
    // Node's own error for what is no time of it.
    const isWrong = previous !== undefined && !(Array.isArray(previous) && previous.length === 2);
    if (scope === undefined || isWrong) return native(previous);
    const ms = elapsedMs(scope);
    const seconds = Math.floor(ms / 1000);
    const nanoseconds = Math.round((ms % 1000) * 1e6);
    if (previous === undefined) return [seconds, nanoseconds];
    const borrow = nanoseconds < previous[1] ? 1 : 0;
    return [seconds - previous[0] - borrow, nanoseconds - previous[1] + borrow * 1e9];
  };
  const bigint = (): bigint => {
    const scope = storage.getStore();
    return scope === undefined ? native.bigint() : BigInt(Math.round(elapsedMs(scope) * 1e6));
  };
  routeReplaceable(process, "hrtime", {
    original: native,
    inside: Object.assign(hrtime, { bigint }),
  });
}

interface TemporalZoned {
  toPlainDateTime(): unknown;
  toPlainDate(): unknown;
  toPlainTime(): unknown;
}

interface TemporalLike {
  readonly Instant: { fromEpochMilliseconds(ms: number): TemporalInstant };
  readonly Now: { timeZoneId(): string };
}

interface TemporalInstant {
  toZonedDateTimeISO(timeZone: unknown): TemporalZoned;
}

function routeTemporal(realm: typeof globalThis & { readonly Temporal?: TemporalLike }): void {
  const { Temporal: found } = realm;
  if (found === undefined) return;
  const Temporal = unfaked(found, "Temporal");
  once(Temporal.Now, () => routeTemporalNow(Temporal));
  routeReplaceable(realm, "Temporal", { original: Temporal, inside: Temporal });
}

function routeTemporalNow({ Instant, Now }: TemporalLike): void {
  const instant = ({ host }: Scope) => Instant.fromEpochMilliseconds(Math.floor(host.now()));
  const zoned = (scope: Scope, timeZone: unknown) =>
    instant(scope).toZonedDateTimeISO(timeZone ?? Now.timeZoneId());
  routeMethod(Now, "instant", instant);
  routeMethod(Now, "zonedDateTimeISO", (scope, [zone]) => zoned(scope, zone));
  routeMethod(Now, "plainDateTimeISO", (scope, [zone]) => zoned(scope, zone).toPlainDateTime());
  routeMethod(Now, "plainDateISO", (scope, [zone]) => zoned(scope, zone).toPlainDate());
  routeMethod(Now, "plainTimeISO", (scope, [zone]) => zoned(scope, zone).toPlainTime());
}

function routeIntl(realm: typeof globalThis): void {
  const Intl = unfaked(realm.Intl, "Intl");
  once(Intl.DateTimeFormat.prototype, routeDateTimeFormat);
  routeReplaceable(realm, "Intl", { original: Intl, inside: Intl });
}

function routeDateTimeFormat(prototype: Intl.DateTimeFormat): void {
  routeGetter(prototype, "format", ({ host }, native) => {
    if (!isFunction(native)) return native;
    return (date?: unknown): unknown =>
      Reflect.apply(native, undefined, [date === undefined ? host.now() : date]);
  });
  routeMethod(prototype, "formatToParts", (scope, [date], native) =>
    native(date === undefined ? scope.host.now() : date),
  );
}
