import type { DueThing, HandlerTimer } from "./due.ts";
import { type Due, TimerQueue } from "./timer-queue.ts";

/**
 * The virtual clock of a runner, and everything that is due on it, in one order.
 *
 * Owns: what time it is, what is due.
 * Does not own: whether something due may happen (`loop.ts`), what follows when it does (`engine.ts`).
 *
 * 1. The clock never goes back.
 */
export class Clock {
  /** Virtual epoch milliseconds, as all times here. */
  readonly startedAt: number;
  readonly #queue = new TimerQueue<DueThing>();
  #now: number;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.#now = startedAt;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the clock on, without anything happening. */
  moveTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }

  arm(dueAt: number, what: DueThing): Due<DueThing> {
    return this.#queue.arm(dueAt, what);
  }

  disarm(due: Due<unknown>): void {
    this.#queue.disarm(due as Due<DueThing>);
  }

  /** What is due first. */
  first(): Due<DueThing> | undefined {
    return this.#queue.peek();
  }

  /** The first timer of handler code. */
  firstHandlerTimer(): Due<HandlerTimer> | undefined {
    return this.#queue.firstOf(isHandlerTimer);
  }

  /** Everything that is due, in the order of its arming. */
  inOrderOfArming(): readonly Due<DueThing>[] {
    return this.#queue.inOrderOfArming();
  }

  /** Nothing is due any more. */
  clear(): void {
    this.#queue.clear();
  }
}

function isHandlerTimer(what: DueThing): what is HandlerTimer {
  return what.kind === "handler";
}
