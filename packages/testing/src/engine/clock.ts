import type { DueThing, HandlerTimer } from "./due.ts";
import type { SharedTime } from "./shared-time.ts";
import { type Due, TimerQueue } from "./timer-queue.ts";

/**
 * The virtual clock of a runner, and everything that is due on it, in one order.
 *
 * Owns: what time it is, what is due.
 * Does not own: whether something due may happen (`loop.ts`), what follows when it does (`engine.ts`).
 *
 * 1. The clock never goes back.
 * 2. One that is shared with the test stands where that stands, and goes on only with it.
 */
export class Clock {
  /** Virtual epoch milliseconds, as all times here. */
  readonly startedAt: number;
  readonly #queue = new TimerQueue<DueThing>();
  readonly #shared: SharedTime | undefined;
  /** On the test's own clock, for what is due. */
  #marks: Map<Due<unknown>, unknown> | undefined;
  #passed: () => void = () => {};
  #unfollow: (() => void) | undefined;
  #now: number;

  constructor(startedAt: number, shared?: SharedTime) {
    this.#shared = shared;
    this.startedAt = shared?.now() ?? startedAt;
    this.#now = this.startedAt;
  }

  now(): number {
    return this.#shared?.now() ?? this.#now;
  }

  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** On a clock that is shared: has `settle` let happen what is due whenever time has passed, until it is cleared. */
  follow(settle: () => Promise<void>): void {
    this.#passed = () => void settle();
    this.#unfollow = this.#shared?.follow({ settle });
  }

  /** Moves the clock on, without anything happening. */
  moveTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }

  /**
   * Lets time pass on a clock that is shared with the test, to the next thing that is due for anybody.
   *
   * @returns undefined when it is that time already, or nobody shares the clock: it can be moved.
   */
  stepTowards(time: number): Promise<void> | undefined {
    const shared = this.#shared;
    return shared === undefined || time <= shared.now() ? undefined : shared.stepTowards(time);
  }

  /** Whether time may be let pass until then: not while somebody else does it, on a clock that is shared. */
  mayPassTo(time: number): boolean {
    return this.#shared?.isPassing !== true || time <= this.now();
  }

  arm(dueAt: number, what: DueThing): Due<DueThing> {
    const due = this.#queue.arm(dueAt, what);
    if (this.#shared !== undefined) {
      (this.#marks ??= new Map()).set(
        due,
        this.#shared.mark(dueAt, () => this.#passed()),
      );
    }
    return due;
  }

  disarm(due: Due<unknown>): void {
    this.#queue.disarm(due as Due<DueThing>);
    if (this.#marks === undefined) return;
    this.#shared?.unmark(this.#marks.get(due));
    this.#marks.delete(due);
  }

  /** What is due first. */
  first(): Due<DueThing> | undefined {
    return this.#queue.peek();
  }

  /** All that is due when the first is, in order; of timers of handler code the first: their order is Node's. */
  firstTogether(): readonly Due<DueThing>[] {
    const together = this.#queue.firstTogether();
    if (together.length < 2) return together;
    let hasTimer = false;
    return together.filter(({ what }) => {
      if (what.kind !== "handler") return true;
      const isFirst = !hasTimer;
      hasTimer = true;
      return isFirst;
    });
  }

  /** The first timer of handler code. */
  firstHandlerTimer(): Due<HandlerTimer> | undefined {
    return this.#queue.firstOf(isHandlerTimer);
  }

  /** Everything that is due, in the order of its arming. */
  inOrderOfArming(): readonly Due<DueThing>[] {
    return this.#queue.inOrderOfArming();
  }

  /** Nothing is due any more, and nothing comes of time that passes. */
  clear(): void {
    this.#queue.clear();
    for (const mark of this.#marks?.values() ?? []) this.#shared?.unmark(mark);
    this.#marks?.clear();
    this.#unfollow?.();
  }
}

function isHandlerTimer(what: DueThing): what is HandlerTimer {
  return what.kind === "handler";
}
