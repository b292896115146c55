/**
 * `process.nextTick` stays Node's, also under fake timers. Node hands messages of other processes on in a
 * tick: one that comes just before a fake is taken off is never seen, and Vitest's worker waits for it.
 */
export function keepNativeTicks(): void {
  const nextTick = process.nextTick.bind(process);
  Object.defineProperty(process, "nextTick", {
    configurable: true,
    enumerable: true,
    get: () => nextTick,
    set: () => {},
  });
}
