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
