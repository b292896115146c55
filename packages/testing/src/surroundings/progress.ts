/**
 * When the handler code of an execution last went on by itself: the sign that it has got what it had been
 * waiting for, where nothing else tells.
 *
 * Owns: what counts as going on. Arming a timer, and calling a durable operation; but not what is done in
 * answer to a timer that fires (a poll arms the next one), nor while data is being delivered (a client arms
 * anew how long it waits for the next piece).
 *
 * 1. Costs nothing until somebody watches.
 */
import { natives } from "./natives.ts";
import { shared } from "./shared.ts";

/** Deliveries that are under way: one, or none, or one within another. */
const delivery = shared("delivery", () => ({ depth: 0 }));

/** Data is about to be delivered to whoever listens, until {@link endDelivery}. */
export function beginDelivery(): void {
  delivery.depth += 1;
}

export function endDelivery(): void {
  delivery.depth -= 1;
}

export class Progress {
  /** By `natives.realNow()`. */
  #at = Number.NEGATIVE_INFINITY;
  #isWatched = false;
  /** Counts the timers that have fired, while the turn of the last one is not over. */
  #answering = 0;

  /** From now on {@link at} tells. */
  watch(): void {
    this.#isWatched = true;
  }

  get at(): number {
    return this.#at;
  }

  /** The handler has called a durable operation. */
  operationCalled(): void {
    if (this.#isWatched) this.#at = natives.realNow();
  }

  timerArmed(): void {
    if (!this.#isWatched || this.#answering > 0 || delivery.depth > 0) return;
    this.#at = natives.realNow();
  }

  /** A timer fires; what follows from it does so within a turn of the event loop. */
  timerFired(): void {
    if (!this.#isWatched) return;
    this.#answering += 1;
    natives.setImmediate(() => (this.#answering -= 1));
  }
}
