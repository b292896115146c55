import type { ArmedAt } from "../in-flight/idle.ts";
import type { DueThing, HandlerTimer } from "./due.ts";
import type { Follower, Mark, SharedTime } from "./shared-time.ts";
import { type Due, TimerQueue } from "./timer-queue.ts";

/**
 * The virtual clock of a runner, and everything that is due on it, in one order.
 *
 * Owns: what time it is, what is due.
 * Does not own: whether something due may happen (`loop.ts`), what follows when it does (`engine.ts`).
 *
 * 1. The clock never goes back.
 * 2. One that is shared with the test begins when that shows its date, and goes on only with it: by the time that
 *    passes there, whatever is made of its date.
 */
export class Clock {
  readonly #queue = new TimerQueue<DueThing>();
  #shared: SharedTime | undefined;
  /** Of what the shared time says. */
  #aheadMs = 0;
  /** On the test's own clock: for what is due, and for the limits of calls. */
  #marks: Map<object, Mark> | undefined;
  #follower: Follower | undefined;
  #unfollow: (() => void) | undefined;
  #startedAt: number;
  #now: number;

  constructor(startedAt: number, shared?: SharedTime) {
    this.#startedAt = startedAt;
    this.#now = startedAt;
    if (shared !== undefined) this.begin(shared);
  }

  /** Virtual epoch milliseconds, as all times here. */
  get startedAt(): number {
    return this.#startedAt;
  }

  now(): number {
    return this.#shared === undefined ? this.#now : this.#shared.now() + this.#aheadMs;
  }

  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  isSharedAs(shared: SharedTime): boolean {
    return this.#shared === shared;
  }

  /** Begins, at the date that the test's clock shows now; before anything is due. */
  begin(shared: SharedTime): void {
    this.#shared = shared;
    this.#startedAt = shared.date();
    this.#aheadMs = this.#startedAt - shared.now();
    if (this.#follower !== undefined) this.follow(this.#follower);
  }

  /** Shows what another one does; before anything is due. */
  takeOver(other: Clock): void {
    this.moveTo(other.#now);
    this.#shared = other.#shared;
    this.#startedAt = other.#startedAt;
    this.#aheadMs = other.#aheadMs;
  }

  /** On a clock that is shared: somebody has what is due happen whenever time has passed, until it is cleared. */
  follow(follower: Follower): void {
    this.#unfollow?.();
    this.#follower = follower;
    this.#unfollow = this.#shared?.follow(follower);
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
    if (shared === undefined || time <= this.now()) return undefined;
    return shared.stepTowards(time - this.#aheadMs);
  }

  /** Whether time may be let pass until then: not while the test says how much is to, on a clock that is shared. */
  mayPassTo(time: number): boolean {
    return this.#shared?.isPassing !== true || time <= this.now();
  }

  /** The test says how much time is to pass, until that is done. */
  letPass<Value>(pass: () => Promise<Value>): Promise<Value> {
    return this.#shared === undefined ? pass() : this.#shared.letPass(pass);
  }

  arm(dueAt: number, what: DueThing): Due<DueThing> {
    const due = this.#queue.arm(dueAt, what);
    this.mark(dueAt, due);
    return due;
  }

  disarm(due: Due<unknown>): void {
    this.#queue.disarm(due as Due<DueThing>);
    this.unmark(due);
  }

  /** Has a clock that is shared come by, for something. */
  mark(time: number, key: object): void {
    if (this.#shared === undefined) return;
    const passed = (): void => void this.#follower?.settle();
    (this.#marks ??= new Map()).set(key, this.#shared.mark(time - this.#aheadMs, passed));
  }

  unmark(key: object): void {
    const mark = this.#marks?.get(key);
    if (mark === undefined) return;
    this.#shared?.unmark(mark);
    this.#marks?.delete(key);
  }

  /** The first timer of the test on a clock that is shared; undefined where it has none, or the clock is not. */
  firstOfTest(): ArmedAt | undefined {
    const first = this.#shared?.firstOfTest();
    return first && { ...first, dueAt: first.dueAt + this.#aheadMs };
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
