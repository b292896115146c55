/**
 * Tells when virtual time may pass while handler code is running.
 *
 * Owns: the idle rule. Once all has arrived that was on its way (arrivals.ts), and nothing new happened
 * meanwhile in anything that is running:
 *
 * 1. Nothing real in flight: the next due thing may happen.
 * 2. Something real in flight: a timer of the handler may happen, and what is due before it, only once it
 *    would have in real time as well. Nothing else may: how far the world gets meanwhile must not depend
 *    on how fast the machine is.
 *    So it is where something new keeps happening turn after turn, as in a loop that yields with setImmediate.
 * 3. Nothing in flight, nothing due, for a second of real time: the handler never settles.
 *
 * Does not own: what is in flight (ledger.ts), what is due and what happens (the engine).
 */
import { unwatchTurnsBetween, watchTurnsBetween, whenAllHasArrived } from "./arrivals.ts";
import { natives } from "../surroundings/natives.ts";
import type { InFlight } from "./ledger.ts";

/** A timer that handler code has armed, or the test. */
export interface ArmedAt {
  /** Virtual epoch milliseconds. */
  readonly dueAt: number;
  /** As it was armed, or as it was first seen. */
  readonly delayMs: number;
  /** By `natives.realNow()`. */
  readonly armedAtReal: number;
}

/** What is running, as the rule looks at it. */
export interface WatchedTime {
  readonly inFlight: Pick<InFlight, "started" | "needsTurns" | "isBusy" | "names">;
  /** Virtual epoch milliseconds, now. */
  now(): number;
  /** Whether a handler has a timer armed: nothing is due while it runs otherwise. */
  hasTimer(): boolean;
  /** The first timer of a handler, or of the test on a clock that they share. */
  nextTimer(): ArmedAt | undefined;
}

export interface WatchOptions {
  /** How long nothing at all may be going on before the handler counts as stuck. Default 1 000. */
  readonly stuckAfterMs?: number;
  /** How long real work may take before it is named. Default 2 000. */
  readonly noticeAfterMs?: number;
  /** Told once what an invocation that takes long is waiting for in real time. */
  readonly notice: (work: readonly string[]) => void;
  /** Told whenever only somebody outside can move what is running. */
  readonly quiet?: () => void;
}

/** Time alone can move what is running; or nothing can. */
export type Stillness = "idle" | "stuck";

/** A stretch of real work, and the two clocks at its beginning. */
interface Stretch {
  readonly realStart: number;
  readonly virtualStart: number;
}

/** Polls follow each other immediately for this long, since most real work is short. */
const eagerForMs = 1;
const longestPollMs = 16;
/** In so many turns on end something new may happen before real time counts. */
const newTurnsAtMost = 100;
/** What takes real time where nothing is in flight. */
const yielding = "one turn of the event loop after the other (setImmediate, say)";
/** A poll that comes late (a test that blocks the event loop) says nothing about the handler. */
const longestGapMs = 50;

export class IdleWatch {
  readonly #time: WatchedTime;
  readonly #options: WatchOptions;
  #tell: ((stillness: Stillness) => void) | undefined;
  /** Ends the waiting for the next look. */
  #callOff: (() => void) | undefined;
  /** The ledger's count at the last turn: if it has moved, something new happened. */
  #startedBefore: number;
  /** In how many turns on end something new has happened. */
  #newTurns = 0;
  #stretch: Stretch | undefined;
  #noticed = false;
  /** Since when, and for how long by then, nothing at all has been going on. */
  #lastIdleAt: number | undefined;
  #idleMs = 0;

  constructor(time: WatchedTime, options: WatchOptions) {
    this.#time = time;
    this.#options = options;
    this.#startedBefore = time.inFlight.started;
  }

  /** Calls back once, when all has arrived that is on its way, unless it is stopped. */
  watch(tell: (stillness: Stillness) => void): void {
    this.#tell = tell;
    watchTurnsBetween(this.#goesOn);
    this.#callOff = whenAllHasArrived("harness", this.#time.inFlight.needsTurns, this.#look);
  }

  /** Looks in the next turn, whenever it meant to. */
  lookAgain(): void {
    if (this.#tell === undefined) return;
    this.#callOff?.();
    this.#nextTurn();
  }

  stop(): void {
    this.#tell = undefined;
    unwatchTurnsBetween(this.#goesOn);
    this.#callOff?.();
    this.#callOff = undefined;
  }

  readonly #look = (): void => {
    this.#callOff = undefined;
    this.#decide();
  };

  /** Nothing has arrived, and a while has gone by. */
  readonly #goesOn = (): void => {
    this.#lastIdleAt = undefined;
    if (this.#realRemaining(natives.realNow()) > 0) return;
    this.#callOff?.();
    this.#callOff = undefined;
    this.#say("idle");
  };

  #decide(): void {
    const { inFlight } = this.#time;
    const isNew = inFlight.started !== this.#startedBefore;
    this.#newTurns = isNew ? this.#newTurns + 1 : 0;
    if (isNew) {
      this.#startedBefore = inFlight.started;
      this.#lastIdleAt = undefined;
      if (this.#newTurns < newTurnsAtMost) this.#nextTurn();
      else this.#keepRealPace();
    } else if (inFlight.isBusy()) {
      this.#lastIdleAt = undefined;
      this.#keepRealPace();
    } else if (this.#stretch !== undefined) {
      // What has just called back may go on in a turn or so.
      this.#stretch = undefined;
      this.#nextTurn();
    } else if (this.#time.hasTimer()) {
      this.#lastIdleAt = undefined;
      this.#say("idle");
    } else {
      this.#waitForTheWorld();
    }
  }

  #keepRealPace(): void {
    const now = natives.realNow();
    const remainingMs = this.#realRemaining(now);
    if (remainingMs <= 0) {
      this.#say("idle");
      return;
    }
    const elapsedMs = now - (this.#stretch?.realStart ?? now);
    if (elapsedMs < eagerForMs) this.#nextTurn();
    else this.#pollIn(Math.min(elapsedMs / 8, remainingMs));
  }

  /** How much longer real time has to pass in this stretch of real work; tells of one that takes long. */
  #realRemaining(now: number): number {
    this.#stretch ??= { realStart: now, virtualStart: this.#time.now() };
    const timer = this.#time.nextTimer();
    const remainingMs = timer === undefined ? Infinity : realRemainingOf(timer, this.#stretch, now);
    const { noticeAfterMs = 2000, notice } = this.#options;
    if (remainingMs > 0 && !this.#noticed && now - this.#stretch.realStart >= noticeAfterMs) {
      this.#noticed = true;
      const names = this.#time.inFlight.names();
      notice(names.length > 0 ? names : [yielding]);
    }
    return remainingMs;
  }

  /** Only somebody outside can move the handler now; they get a moment for it. */
  #waitForTheWorld(): void {
    const now = natives.realNow();
    if (this.#lastIdleAt === undefined) this.#idleMs = 0;
    else this.#idleMs += Math.min(now - this.#lastIdleAt, longestGapMs);
    this.#lastIdleAt = now;
    this.#options.quiet?.();
    const { stuckAfterMs = 1000 } = this.#options;
    if (this.#idleMs >= stuckAfterMs) this.#say("stuck");
    else if (this.#idleMs < eagerForMs) this.#nextTurn();
    else this.#pollIn(this.#idleMs / 8);
  }

  #say(stillness: Stillness): void {
    const tell = this.#tell;
    this.#tell = undefined;
    unwatchTurnsBetween(this.#goesOn);
    tell?.(stillness);
  }

  #nextTurn(): void {
    this.#callOff = whenAllHasArrived("harness", true, this.#look);
  }

  #pollIn(delayMs: number): void {
    const boundedMs = Math.max(1, Math.min(delayMs, longestPollMs));
    const poll = natives.setTimeout(this.#look, boundedMs);
    this.#callOff = (): void => natives.clearTimeout(poll);
  }
}

/**
 * How much longer real time has to pass until a timer has come in real time as well: counted
 * from when it was armed; or, when virtual time has jumped since, for what was left of it when the
 * real work began.
 */
function realRemainingOf(
  timer: ArmedAt,
  { realStart, virtualStart }: Stretch,
  now: number,
): number {
  const sinceArmed = timer.armedAtReal + timer.delayMs - now;
  const sinceStretch = realStart + (timer.dueAt - virtualStart) - now;
  return timer.armedAtReal >= realStart ? sinceArmed : Math.min(sinceArmed, sinceStretch);
}
