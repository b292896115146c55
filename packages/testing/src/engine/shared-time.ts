import type { FakeClock } from "../fake-clock.ts";
import type { ArmedAt } from "../in-flight/idle.ts";
import { natives } from "../surroundings/natives.ts";
import { currentScope } from "../surroundings/scope.ts";

/** The longest that a timer of a fake clock waits for, as with one of Node: it makes 1 ms of more. */
const longestDelayMs = 2 ** 31 - 1;

/** Milliseconds, if they are what time can pass by; such a clock has the say about anything else. */
function millisecondsOf(time: unknown): number | undefined {
  if (typeof time === "number") return time >= 0 && Number.isFinite(time) ? time : undefined;
  if (typeof time === "string") return millisecondsOfText(time);
  return isDuration(time) ? millisecondsOf(time.total({ unit: "millisecond" })) : undefined;
}

/** `"10"` seconds, `"02:00"` minutes, `"01:00:00"` hours. */
function millisecondsOfText(text: string): number | undefined {
  if (!/^\d\d?(?::\d\d){0,2}$/.test(text)) return undefined;
  const parts = text.split(":").map(Number);
  if (parts.some((part) => part >= 60)) return undefined;
  return parts.reduce((sum, part) => sum * 60 + part, 0) * 1000;
}

/** A `Temporal.Duration`, of units that have one length. */
function isDuration(value: unknown): value is { total(options: { unit: string }): number } {
  if (typeof value !== "object" || value === null) return false;
  const { total, years, months, weeks } = value as Record<string, unknown>;
  return typeof total === "function" && [years, months, weeks].every((count) => count === 0);
}

/** Somebody for whom time passes on a fake clock. */
export interface Follower {
  /** Resolves when nothing goes on for it but what waits for time to pass, or for the test. */
  rest(): Promise<void>;
  /** Has everything happen that is due by now; resolves when it has come to rest. */
  settle(): Promise<void>;
}

/** A time that the clock is to come by. */
export interface Mark {
  /** By {@link SharedTime.now}. */
  readonly time: number;
  readonly passed: () => void;
  /** Whether the test has asked for it. */
  readonly isOfTest: boolean;
  /** On the clock. */
  timer: unknown;
}

/**
 * A fake clock that executions share with the test.
 *
 * Owns: that after each timer of the clock everybody on it comes to rest before the next one fires, whoever lets
 * time pass. For that the clock's own `tickAsync`, `nextAsync` and `runAllAsync` go step by step.
 * Does not own: the clock; what is due for an execution (`clock.ts`), which puts a mark on it for each due thing.
 *
 * 1. One for each fake clock: executions on it see one order of events.
 * 2. One step at a time. Who wants to take one meanwhile waits for it, and looks again; but for handler code that lets
 *    time pass itself, for which the step may be waiting.
 * 3. It counts the time that has passed. Setting the date, or resetting the clock, lets none pass: the clock's own
 *    timers go along with its date, and so do the marks.
 */
export class SharedTime {
  readonly #clock: FakeClock;
  readonly #own: Pick<FakeClock, "tickAsync" | "nextAsync">;
  readonly #followers = new Set<Follower>();
  /** In the order in which they were made. */
  readonly #marks = new Set<Mark>();
  /** How far the date has been set forward. */
  #setForwardMs = 0;
  /** How many calls are going on by which the test says how much time is to pass. */
  #passing = 0;
  /** Resolves when it is over, however it went. */
  #step: Promise<void> | undefined;
  /** The test's first timer, and when it was first seen. */
  #seen: { readonly id: unknown; readonly timer: ArmedAt } | undefined;

  static readonly #known = new WeakMap<FakeClock, SharedTime>();

  static of(clock: FakeClock): SharedTime {
    const known = this.#known.get(clock) ?? new SharedTime(clock);
    this.#known.set(clock, known);
    return known;
  }

  private constructor(clock: FakeClock) {
    this.#clock = clock;
    this.#own = {
      tickAsync: clock.tickAsync.bind(clock),
      nextAsync: clock.nextAsync.bind(clock),
    };
    const setSystemTime = clock.setSystemTime.bind(clock);
    const reset = clock.reset.bind(clock);
    clock.tickAsync = (time) => this.letPass(() => this.#tick(time));
    clock.nextAsync = () => this.letPass(() => this.#next());
    clock.runAllAsync = () => this.letPass(() => this.#runAll());
    clock.setSystemTime = (date) => this.#setDate(() => setSystemTime(date));
    clock.reset = () => {
      this.#setDate(reset);
      for (const mark of this.#marks) this.#arm(mark);
    };
  }

  /** Milliseconds, of which only differences mean anything. */
  now(): number {
    return this.#clock.now - this.#setForwardMs;
  }

  /** Epoch milliseconds. */
  date(): number {
    return this.#clock.now;
  }

  /** Whether the test says how much time is to pass: then nobody else does. */
  get isPassing(): boolean {
    return this.#passing > 0;
  }

  /** The test says how much time is to pass, until that is done. */
  async letPass<Value>(pass: () => Promise<Value>): Promise<Value> {
    this.#passing += 1;
    try {
      return await pass();
    } finally {
      this.#passing -= 1;
    }
  }

  /** @returns ends it. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  /** Marks a time, so that the clock comes by; who passes it without waiting for anybody is told afterwards. */
  mark(time: number, passed: () => void = () => {}, isOfTest = false): Mark {
    const mark: Mark = { time, passed, isOfTest, timer: undefined };
    this.#marks.add(mark);
    this.#arm(mark);
    return mark;
  }

  unmark(mark: Mark): void {
    this.#marks.delete(mark);
    this.#clock.clearTimeout(mark.timer as never);
  }

  /** The first timer that is none of an execution's. */
  firstOfTest(): ArmedAt | undefined {
    const own = new Set<unknown>();
    for (const { isOfTest, timer } of this.#marks) if (!isOfTest) own.add(Number(timer));
    let first: ClockTimer | undefined;
    for (const timer of timersOf(this.#clock)) {
      if (!own.has(timer.id) && (first === undefined || timer.callAt < first.callAt)) first = timer;
    }
    return first && this.#seenAs(first);
  }

  /** Lets time pass to the next timer of anybody, and no further than until a time. Others may have come first. */
  async stepTowards(time: number): Promise<void> {
    if (this.#step !== undefined && currentScope() === undefined) {
      await this.#step;
      return;
    }
    const boundary = this.mark(time);
    try {
      await this.#nextBefore(time);
    } finally {
      this.unmark(boundary);
    }
  }

  async #tick(time: Parameters<FakeClock["tickAsync"]>[0]): Promise<number> {
    const ms = millisecondsOf(time);
    let rest = time;
    if (ms !== undefined) {
      const target = this.now() + Math.floor(ms);
      const boundary = this.mark(target, undefined, true);
      try {
        while (this.now() < target) await this.#nextBefore(target);
      } finally {
        this.unmark(boundary);
      }
      // And what has been armed for this very moment meanwhile.
      rest = ms % 1;
    }
    await this.#takeStep(() => this.#own.tickAsync(rest));
    return this.#clock.now;
  }

  async #nextBefore(time: number): Promise<void> {
    await this.#takeStep(async () => {
      if (this.now() < time) await this.#own.nextAsync();
    });
  }

  async #next(): Promise<number> {
    await this.#takeStep(this.#own.nextAsync);
    return this.#clock.now;
  }

  async #runAll(): Promise<number> {
    const { loopLimit } = this.#clock;
    for (let count = 0; count < loopLimit; count += 1) {
      // What is going on may be about to arm another one.
      if (this.#clock.countTimers() === 0) await this.#takeStep(async () => {});
      if (this.#clock.countTimers() === 0) return this.#clock.now;
      await this.#next();
    }
    // As the clock itself says it.
    throw new Error(`Aborting after running ${loopLimit} timers, assuming an infinite loop!`);
  }

  async #takeStep(pass: () => Promise<unknown>): Promise<void> {
    while (this.#step !== undefined && currentScope() === undefined) await this.#step;
    const around = this.#step;
    const over = Promise.withResolvers<void>();
    this.#step = over.promise;
    try {
      // Whoever waited for the step before this one goes on first.
      await new Promise<void>((resolve) => natives.nextTick(resolve));
      for (const follower of this.#followers) await follower.rest();
      await pass();
      for (const follower of this.#followers) await follower.settle();
    } finally {
      this.#step = around;
      over.resolve();
    }
  }

  #setDate(set: () => void): void {
    const before = this.#clock.now;
    set();
    this.#setForwardMs += this.#clock.now - before;
  }

  #arm(mark: Mark): void {
    const delayMs = Math.max(0, Math.ceil(mark.time - this.now()));
    mark.timer = this.#clock.setTimeout(
      () => this.#passedBy(mark),
      Math.min(delayMs, longestDelayMs),
    );
  }

  #passedBy(mark: Mark): void {
    if (this.now() < mark.time) {
      this.#arm(mark);
      return;
    }
    this.#marks.delete(mark);
    if (this.#step === undefined) natives.setImmediate(mark.passed);
  }

  #seenAs({ id, callAt }: ClockTimer): ArmedAt {
    const dueAt = callAt - this.#setForwardMs;
    const seen = this.#seen;
    if (seen !== undefined && seen.id === id && seen.timer.dueAt === dueAt) return seen.timer;
    const timer = { dueAt, delayMs: dueAt - this.now(), armedAtReal: natives.realNow() };
    this.#seen = { id, timer };
    return timer;
  }
}

/** A timer, as a fake clock keeps it. */
interface ClockTimer {
  readonly id: unknown;
  /** Epoch milliseconds. */
  readonly callAt: number;
}

/** A map in newer versions, an object in older ones, and nothing before the first timer. */
function timersOf({ timers }: FakeClock): Iterable<ClockTimer> {
  if (timers === undefined || timers === null) return [];
  const all = timers instanceof Map ? timers.values() : Object.values(timers);
  return all as Iterable<ClockTimer>;
}
