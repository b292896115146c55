import { setImmediate as immediateOfNode } from "node:timers";

/** Calls back in the next turn of the event loop, also where jsdom has taken `setImmediate` off the global object. */
export function inNextTurn(callback: () => void): void {
  const immediate = (globalThis as { readonly setImmediate?: (callback: () => void) => unknown })
    .setImmediate;
  (immediate ?? immediateOfNode)(callback);
}
