const settled = Promise.resolve();

/**
 * Makes a function that calls back once all microtasks have run, those they make included.
 *
 * A tick alone would not do: from within another tick, or at the end of a timer, Node runs it before any
 * microtask. A tick that a microtask asks for runs when there are no microtasks left.
 */
export function afterMicrotasks(callback: () => void): () => void {
  const inATick = (): void => process.nextTick(callback);
  return () => void settled.then(inATick);
}
