/**
 * The execution environment, as Lambda calls it: what of the handler code of one execution outlives an
 * invocation.
 *
 * Owns: the timers of handler code, over all invocations: which of them wait, and whether they go on.
 * Does not own: module state (the process's), the clock and the order of due things (the host's).
 *
 * 1. Timers go on while an invocation runs. Between invocations they stand still, whether they hold the
 *    process open or not: nothing of them happens in real time.
 * 2. What has come due meanwhile fires when the next invocation begins, before its handler is called: in
 *    the order in which it was due, an interval once.
 * 3. Once it is discarded (its sandbox has died, its execution has ended) no timer of it ever fires.
 */
import { ClockHistory } from "./clock-history.ts";
import type { ArmedTimer, ScopeHost, TellsTime } from "./host.ts";
import { natives } from "./natives.ts";
import type { Origin } from "./origin.ts";
import { Progress } from "./progress.ts";
import { shared } from "./shared.ts";

/** A timer of handler code, as its environment keeps it. */
export interface EnvironmentTimer {
  /** Virtual epoch milliseconds. */
  dueAt: number;
  /** In the runner's order, while time passes for it. */
  armed: ArmedTimer | undefined;
  /** As it was armed. */
  readonly delayMs: number;
  /** Where it was made, unless in a step. */
  readonly origin: Origin | undefined;
  /** Whether it holds the process open. */
  hasRef(): boolean;
  fire(): void;
}

type Phase =
  | { readonly kind: "running"; readonly host: ScopeHost }
  /** There is no clock before the first invocation. */
  | { readonly kind: "frozen"; readonly clock: TellsTime | undefined }
  | { readonly kind: "discarded" };

const gone = shared("timersGone", () => ({ count: 0 }));

/** How many timers, of those that hold a process open, were gone with an environment before they had fired. */
export function timersGone(): number {
  return gone.count;
}

export class ExecutionEnvironment {
  readonly clockHistory: ClockHistory = new ClockHistory();
  readonly progress: Progress = new Progress();
  /** Those that wait, in the order of arming. */
  readonly #timers = new Set<EnvironmentTimer>();
  #phase: Phase = { kind: "frozen", clock: undefined };
  #overdue: readonly EnvironmentTimer[] = [];

  get discarded(): boolean {
    return this.#phase.kind === "discarded";
  }

  /** Timers that wait. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Those that wait and hold the process open, and that handler code outside steps has made. */
  ofHandler(): readonly EnvironmentTimer[] {
    return this.#timers.size === 0 ? [] : [...this.#timers].filter(isOfHandler);
  }

  /** An invocation begins: time passes again. */
  thaw(host: ScopeHost): void {
    if (this.discarded) return;
    this.#phase = { kind: "running", host };
    this.clockHistory.record(natives.realNow(), host.now());
    if (this.#timers.size === 0) return;
    const now = host.now();
    const waiting = [...this.#timers].toSorted((a, b) => a.dueAt - b.dueAt);
    for (const timer of waiting) {
      timer.armed = host.arm(Math.max(0, timer.dueAt - now), () => this.#fire(timer));
    }
    this.#overdue = waiting.filter(({ dueAt }) => dueAt <= now);
  }

  /** Fires what came due while time stood still; undefined when there is nothing. */
  fireOverdue(): Promise<void> | undefined {
    return this.#overdue.length === 0 ? undefined : this.#fireEach();
  }

  async #fireEach(): Promise<void> {
    const overdue = this.#overdue.map((timer) => ({ timer, armed: timer.armed }));
    this.#overdue = [];
    for (const { timer, armed } of overdue) {
      // One before it may have cleared it, or armed it again; or ended the invocation.
      if (this.#phase.kind !== "running" || armed === undefined || timer.armed !== armed) continue;
      this.#phase.host.disarm(armed);
      this.#fire(timer);
      // A tick comes when all microtasks are done, as it does between two timers of Node.
      await new Promise<void>((resolve) => {
        natives.nextTick(resolve);
      });
    }
  }

  /** The invocation is over, and the execution goes on. */
  freeze(): void {
    if (this.#phase.kind !== "running") return;
    const { host } = this.#phase;
    this.#disarmAll(host);
    this.#phase = { kind: "frozen", clock: host.clock };
  }

  /** Nothing of it goes on any more. */
  discard(): void {
    if (this.#phase.kind === "running") this.#disarmAll(this.#phase.host);
    for (const timer of this.#timers) if (timer.hasRef()) gone.count += 1;
    this.#timers.clear();
    this.#phase = { kind: "discarded" };
  }

  arm(timer: EnvironmentTimer, delayMs: number): void {
    this.progress.timerArmed();
    const phase = this.#phase;
    switch (phase.kind) {
      case "running":
        timer.dueAt = phase.host.now() + delayMs;
        timer.armed = phase.host.arm(delayMs, () => this.#fire(timer));
        this.#timers.add(timer);
        return;
      case "frozen":
        timer.dueAt = (phase.clock?.now() ?? 0) + delayMs;
        this.#timers.add(timer);
        return;
      case "discarded":
    }
  }

  disarm(timer: EnvironmentTimer): void {
    this.#timers.delete(timer);
    if (timer.armed === undefined) return;
    if (this.#phase.kind === "running") this.#phase.host.disarm(timer.armed);
    timer.armed = undefined;
  }

  /** A timer's callback has thrown, and nobody caught it. */
  crashed(error: unknown): void {
    if (this.#phase.kind === "running") this.#phase.host.crashed(error);
  }

  #fire(timer: EnvironmentTimer): void {
    if (this.#phase.kind === "running") {
      this.clockHistory.record(natives.realNow(), this.#phase.host.now());
    }
    this.#timers.delete(timer);
    timer.armed = undefined;
    this.progress.timerFired();
    timer.fire();
  }

  #disarmAll(host: ScopeHost): void {
    for (const timer of this.#timers) {
      if (timer.armed !== undefined) host.disarm(timer.armed);
      timer.armed = undefined;
    }
  }
}

function isOfHandler(timer: EnvironmentTimer): boolean {
  const { origin } = timer;
  return timer.hasRef() && origin?.isOfHandler() === true && origin.isOutsideSteps();
}
