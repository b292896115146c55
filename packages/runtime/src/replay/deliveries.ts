import { afterMicrotasks } from "./after-microtasks.ts";

/** The rank of starts: before all outcomes. */
const START = -1;

interface Delivery {
  readonly rank: number;
  readonly deliver: () => void;
}

/**
 * What is on its way to handler code within an invocation.
 *
 * Owns: the order of outcomes, and when they are given to handler code.
 * Does not own: what has ended (`history.ts`), and what becomes of it (`operations/`).
 *
 * Invariants
 * 1. One is delivered at a time, by rank, and all microtasks run in between: a race has the same winner on
 *    every replay.
 * 2. A start that somebody waits for is delivered before any outcome: a replay, to which all starts are
 *    known, could not tell when it was acknowledged.
 * 3. When it is quiet, handler code has made all of what has been delivered that it can make without waiting.
 */
export class Deliveries {
  readonly #onQuiet: () => void;
  /** Sorted by rank, from `#next` on. */
  #queue: Delivery[] = [];
  #next = 0;
  #ticking = false;
  /** Starts that are waited for and not acknowledged. */
  #starting = 0;

  /** @param onQuiet - nothing more can be delivered at present. */
  constructor(onQuiet: () => void) {
    this.#onQuiet = onQuiet;
  }

  get quiet(): boolean {
    return !this.#ticking;
  }

  outcome(rank: number, deliver: () => void): void {
    let index = this.#queue.length;
    while (index > this.#next && (this.#queue[index - 1]?.rank ?? rank) > rank) index--;
    if (index === this.#queue.length) this.#queue.push({ rank, deliver });
    else this.#queue.splice(index, 0, { rank, deliver });
    this.untilQuiet();
  }

  started(deliver: () => void): void {
    this.outcome(START, deliver);
  }

  /** Outcomes wait until a start has been acknowledged. */
  startIsUnderWay(): void {
    this.#starting += 1;
  }

  startIsAcknowledged(started: () => void): void {
    this.#starting -= 1;
    this.started(started);
  }

  /** Tells when it is quiet, after all microtasks in any case. */
  untilQuiet(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#tickSoon();
  }

  clear(): void {
    this.#queue = [];
    this.#next = 0;
  }

  readonly #tickSoon = afterMicrotasks(() => {
    const next = this.#queue[this.#next];
    if (next !== undefined && (this.#starting === 0 || next.rank === START)) {
      this.#next += 1;
      next.deliver();
      this.#tickSoon();
      return;
    }
    if (next === undefined) this.clear();
    this.#ticking = false;
    this.#onQuiet();
  });
}
