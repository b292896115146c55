/**
 * Drives one invocation to its end, and decides when virtual time may pass meanwhile.
 *
 * Owns: the idle rule. After a turn of the real event loop in which nothing new happened, neither in this
 * invocation nor in one that goes on beside it:
 *
 * 1. Nothing real in flight: the next due thing happens.
 * 2. Something real in flight: a timer of the handler happens, and what is due before it, only once it
 *    would have in real time as well. Nothing else does: how far the world gets meanwhile must not depend
 *    on how fast the machine is.
 * 3. Nothing in flight, nothing due, for a second of real time: the handler never settles.
 *
 * Does not own: what is in flight (in-flight.ts), what is due (the runner's order), what follows
 * from an end (the runner).
 */
import type { InFlight } from "./ledger.ts";
import { natives } from "../surroundings/natives.ts";
import { runOutsideScopes } from "../surroundings/scope.ts";

/** A timer that handler code has armed. */
export interface ArmedAt {
  /** Virtual epoch milliseconds. */
  readonly dueAt: number;
  /** As it was armed. */
  readonly delayMs: number;
  /** By `natives.realNow()`. */
  readonly armedAtReal: number;
}

/** The runner's side of one invocation. */
export interface InvocationTime {
  readonly inFlight: Pick<InFlight, "started" | "isBusy" | "names">;
  /** Virtual epoch milliseconds, now. */
  now(): number;
  /** Whether the handler has a timer armed: nothing is due during this invocation otherwise. */
  hasTimer(): boolean;
  /** The handler's first timer. */
  nextTimer(): ArmedAt | undefined;
  /**
   * Moves the clock to what is due first, a timer or what comes before it, and has it happen. Somebody
   * else may have to go first, who then decides when time passes: until the promise resolves.
   */
  fireNextDue(): Promise<void> | undefined;
}

export interface WatchOptions {
  /** How long nothing at all may be going on before the handler counts as stuck. Default 1 000. */
  readonly stuckAfterMs?: number;
  /** How long real work may take before it is named. Default 2 000. */
  readonly noticeAfterMs?: number;
  /** Told once what an invocation that takes long is waiting for in real time. */
  readonly notice: (work: readonly string[]) => void;
  /** Makes the error that the watch rejects with when the handler is stuck. */
  readonly stuck: () => Error;
}

/** A stretch of real work, and the two clocks at its beginning. */
interface Stretch {
  readonly realStart: number;
  readonly virtualStart: number;
}

/** Polls follow each other immediately for this long, since most real work is short. */
const eagerForMs = 1;
const longestPollMs = 16;
/** A poll that comes late (a test that blocks the event loop) says nothing about the handler. */
const longestGapMs = 50;

/**
 * Resolves or rejects as `settled` does, having let virtual time pass as the rule allows.
 *
 * @throws What `stuck` makes, or what `fireNextDue` throws.
 */
export function watchInvocation<T>(
  settled: Promise<T>,
  time: InvocationTime,
  options: WatchOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const watch = new InvocationWatch(time, options, reject);
    settled.then(
      (value) => {
        watch.stop();
        resolve(value);
      },
      (error: Error) => {
        watch.stop();
        reject(error);
      },
    );
    // What it schedules is not the handler's work, also when handler code is what called.
    runOutsideScopes(() => watch.start());
  });
}

class InvocationWatch {
  readonly #time: InvocationTime;
  readonly #options: WatchOptions;
  readonly #fail: (error: unknown) => void;
  #turn: NodeJS.Immediate | undefined;
  #poll: NodeJS.Timeout | undefined;
  /** The ledger's count at the last turn: if it has moved, something new happened. */
  #startedBefore: number;
  #stretch: Stretch | undefined;
  #noticed = false;
  #stopped = false;
  /** Since when, and for how long by then, nothing at all has been going on. */
  #lastIdleAt: number | undefined;
  #idleMs = 0;

  constructor(time: InvocationTime, options: WatchOptions, fail: (error: unknown) => void) {
    this.#time = time;
    this.#options = options;
    this.#fail = fail;
    this.#startedBefore = time.inFlight.started;
  }

  start(): void {
    this.#nextTurn();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#turn !== undefined) natives.clearImmediate(this.#turn);
    if (this.#poll !== undefined) natives.clearTimeout(this.#poll);
  }

  readonly #look = (): void => {
    this.#turn = undefined;
    this.#poll = undefined;
    try {
      this.#decide();
    } catch (error) {
      this.stop();
      this.#fail(error);
    }
  };

  #decide(): void {
    const { inFlight } = this.#time;
    if (inFlight.started !== this.#startedBefore) {
      this.#startedBefore = inFlight.started;
      this.#lastIdleAt = undefined;
      this.#nextTurn();
    } else if (inFlight.isBusy()) {
      this.#lastIdleAt = undefined;
      this.#keepRealPace();
    } else if (this.#stretch !== undefined) {
      // What has just called back may go on in a turn or so.
      this.#stretch = undefined;
      this.#nextTurn();
    } else if (this.#time.hasTimer()) {
      this.#lastIdleAt = undefined;
      this.#fire();
    } else {
      this.#waitForTheWorld();
    }
  }

  #keepRealPace(): void {
    const now = natives.realNow();
    this.#stretch ??= { realStart: now, virtualStart: this.#time.now() };
    const timer = this.#time.nextTimer();
    const remainingMs =
      timer === undefined ? Infinity : this.#realRemaining(timer, this.#stretch, now);
    if (remainingMs <= 0) {
      this.#fire();
      return;
    }
    const elapsedMs = now - this.#stretch.realStart;
    const { noticeAfterMs = 2000, notice } = this.#options;
    if (!this.#noticed && elapsedMs >= noticeAfterMs) {
      this.#noticed = true;
      notice(this.#time.inFlight.names());
    }
    if (elapsedMs < eagerForMs) this.#nextTurn();
    else this.#pollIn(Math.min(elapsedMs / 8, remainingMs));
  }

  /**
   * How much longer real time has to pass until a timer has come in real time as well: counted
   * from when it was armed; or, when virtual time has jumped since, for what was left of it when the
   * real work began.
   */
  #realRemaining(timer: ArmedAt, { realStart, virtualStart }: Stretch, now: number): number {
    const sinceArmed = timer.armedAtReal + timer.delayMs - now;
    const sinceStretch = realStart + (timer.dueAt - virtualStart) - now;
    return timer.armedAtReal >= realStart ? sinceArmed : Math.min(sinceArmed, sinceStretch);
  }

  #fire(): void {
    const others = this.#time.fireNextDue();
    if (others === undefined) this.#nextTurn();
    else void others.then(() => this.#nextTurn());
  }

  /** Only somebody outside can move the handler now; they get a moment for it. */
  #waitForTheWorld(): void {
    const now = natives.realNow();
    if (this.#lastIdleAt === undefined) this.#idleMs = 0;
    else this.#idleMs += Math.min(now - this.#lastIdleAt, longestGapMs);
    this.#lastIdleAt = now;
    const { stuckAfterMs = 1000, stuck } = this.#options;
    if (this.#idleMs >= stuckAfterMs) throw stuck();
    if (this.#idleMs < eagerForMs) this.#nextTurn();
    else this.#pollIn(this.#idleMs / 8);
  }

  #nextTurn(): void {
    if (this.#stopped) return;
    this.#turn = natives.setImmediate(this.#look);
  }

  #pollIn(delayMs: number): void {
    const boundedMs = Math.max(1, Math.min(delayMs, longestPollMs));
    this.#poll = natives.setTimeout(this.#look, boundedMs);
  }
}
