/**
 * What code in a scope may do about the fake timers of the test: take them off, not put them in place.
 *
 * Owns: telling what a framework is about, from what it calls.
 */

const { Error } = globalThis;

/** @throws Error when fake timers are about to be installed; others may ask whether there are any. */
export function refuseFakes(): void {
  const error = new Error(
    "Fake timers cannot be installed by handler code: the time it sees is its execution's already. " +
      "Install them in the test, or not at all.",
  );
  if (/\b(?:useFakeTimers|install) /.test(error.stack ?? "")) throw error;
}

/** Whether fake timers are being taken off. */
export function areFakesTakenOff(): boolean {
  return /\b(?:useRealTimers|uninstall) /.test(new Error("where").stack ?? "");
}

/** Whether handler code finds a mock in the place of a timer: legacy fake timers of Jest ask nobody. */
export function isTimerMocked(): boolean {
  const timer: unknown = Object.getOwnPropertyDescriptor(globalThis, "setTimeout")?.value;
  return typeof timer === "function" && Reflect.get(timer, "_isMockFunction") === true;
}
