import type { FakeClock } from "../fake-clock.ts";
import { natives } from "../surroundings/natives.ts";

/** Milliseconds, or a text that such a clock takes: `"10"` seconds, `"02:00"` minutes, `"01:00:00"` hours. */
function millisecondsOf(time: number | string): number {
  if (typeof time === "number") return time;
  return time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}

/** Somebody for whom time passes on a fake clock. */
export interface Follower {
  /** Has everything happen that is due by now; resolves when it has come to rest. */
  settle(): Promise<void>;
}

/**
 * A fake clock that executions share with the test.
 *
 * Owns: that after each timer of the clock everybody on it comes to rest before the next one fires, whoever lets
 * time pass. For that the clock's own `tickAsync` and `nextAsync` go step by step.
 * Does not own: the clock; what is due for an execution (`clock.ts`), which puts a mark on it for each due thing.
 *
 * 1. One for each fake clock: executions on it see one order of events.
 */
export class SharedTime {
  readonly #clock: FakeClock;
  readonly #tickAsync: FakeClock["tickAsync"];
  readonly #nextAsync: FakeClock["nextAsync"];
  readonly #followers = new Set<Follower>();
  #passing = 0;

  static readonly #known = new WeakMap<FakeClock, SharedTime>();

  static of(clock: FakeClock): SharedTime {
    const known = this.#known.get(clock) ?? new SharedTime(clock);
    this.#known.set(clock, known);
    return known;
  }

  private constructor(clock: FakeClock) {
    this.#clock = clock;
    this.#tickAsync = clock.tickAsync.bind(clock);
    this.#nextAsync = clock.nextAsync.bind(clock);
    clock.tickAsync = (time) => this.#tick(time);
    clock.nextAsync = async () => {
      await this.#next();
      return clock.now;
    };
  }

  now(): number {
    return this.#clock.now;
  }

  /** Whether somebody is letting time pass: then nobody else does. */
  get isPassing(): boolean {
    return this.#passing > 0;
  }

  /** @returns ends it. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  /** Marks a time, so that the clock comes by; who passes it without waiting for anybody is told afterwards. */
  mark(time: number, passed: () => void): unknown {
    return this.#clock.setTimeout(
      () => {
        if (!this.isPassing) natives.setImmediate(passed);
      },
      Math.max(0, time - this.now()),
    );
  }

  unmark(mark: unknown): void {
    this.#clock.clearTimeout(mark as never);
  }

  /** Lets time pass to the next timer of anybody, and no further than until a time. */
  async stepTowards(time: number): Promise<void> {
    const boundary = this.#clock.setTimeout(() => {}, time - this.now());
    try {
      await this.#next();
    } finally {
      this.unmark(boundary);
    }
  }

  async #tick(time: number | string): Promise<number> {
    let isReached = false;
    const boundary = this.#clock.setTimeout(() => (isReached = true), millisecondsOf(time));
    try {
      while (!isReached) await this.#next();
    } finally {
      this.unmark(boundary);
    }
    // What has been armed for this very moment meanwhile.
    await this.#during(() => this.#tickAsync(0));
    return this.now();
  }

  #next(): Promise<void> {
    return this.#during(this.#nextAsync);
  }

  async #during(pass: () => Promise<unknown>): Promise<void> {
    this.#passing += 1;
    try {
      await pass();
      for (const follower of this.#followers) await follower.settle();
    } finally {
      this.#passing -= 1;
    }
  }
}
