import type { ErrorObject, RunningInvocation } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import { HandlerStuckError } from "../errors.ts";
import type { RunnerSettings } from "../options.ts";
import { watchInvocation } from "../in-flight/idle.ts";
import type { InFlight } from "../in-flight/ledger.ts";
import { natives } from "../surroundings/natives.ts";
import {
  endScope,
  openScope,
  runInScope,
  type Scope,
  type ScopeHost,
} from "../surroundings/scope.ts";
import type { Due } from "./timer-queue.ts";

/** A timer of handler code, among the other due things. */
export interface HandlerTimer {
  readonly kind: "handler";
  readonly fire: () => void;
  readonly armedAtReal: number;
  readonly delayMs: number;
}

/** The clock and the order of due things, as a sandbox needs them. */
export interface Clock {
  readonly startedAt: number;
  now(): number;
  moveTo(time: number): void;
  arm(dueAt: number, timer: HandlerTimer): Due<unknown>;
  disarm(timer: object): void;
  nextDue(): Due<unknown> | undefined;
  /** The first timer of handler code. */
  nextTimer(): Due<HandlerTimer> | undefined;
  fireNextDue(): void;
  /** Those in which handler code runs, in the order in which they began. */
  readonly running: Set<Sandbox>;
  /**
   * Calls handler code that would have begun by then beside what is running.
   *
   * @returns When it is over; undefined when there is none.
   */
  callBeside(time: number): Promise<void> | undefined;
}

/** Why a call is over before it has settled. */
export type CutOff =
  | { readonly kind: "died"; readonly error: ErrorObject }
  /** The execution has ended without it. */
  | { readonly kind: "abandoned" }
  | { readonly kind: "failed"; readonly error: Error };

/** How a call ended. */
export type SandboxEnd =
  | { readonly kind: "answered"; readonly output: unknown }
  | { readonly kind: "rejected"; readonly error: unknown }
  | CutOff;

/** Lambda lets no invocation run longer. */
export const INVOCATION_LIMIT_MS = 900_000;

export const STUCK = "The handler neither settles nor waits for anything that could still happen.";

/**
 * What one call of handler code runs in.
 *
 * Owns: its surroundings (`surroundings/scope.ts`), and the ways in which it may be over before it has settled.
 * Does not own: the clock; what the call is for.
 */
export class Sandbox implements ScopeHost {
  readonly startedAt: number;
  /** The runtime's end of the call, when the handler is made by our runtime. */
  invocation: RunningInvocation | undefined;
  /** Lambda lets the call run until then. */
  readonly limit: number;
  /** None when the globals are to be real. */
  readonly scope: Scope | undefined;
  readonly #clock: Clock;
  readonly #stuckAfterMs: number;
  readonly #random: () => number;
  readonly #over = Promise.withResolvers<CutOff>();
  #dead = false;

  constructor(
    clock: Clock,
    { globals, stuckAfterMs }: Pick<RunnerSettings, "globals" | "stuckAfterMs">,
    random: () => number,
  ) {
    this.startedAt = clock.startedAt;
    this.#clock = clock;
    this.#stuckAfterMs = stuckAfterMs;
    this.#random = random;
    this.scope = globals === "virtual" ? openScope(this) : undefined;
    this.limit = clock.now() + INVOCATION_LIMIT_MS;
  }

  /** Nothing that still runs in it reaches anybody. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Calls, and lets virtual time pass as the idle rule allows until the call is over. Never rejects. */
  async run(call: () => Promise<unknown>): Promise<SandboxEnd> {
    const { scope } = this;
    const settled = (scope === undefined ? call() : runInScope(scope, call)).then(
      (output) => ({ kind: "answered", output }) as const,
      (error: unknown) => ({ kind: "rejected", error }) as const,
    );
    const { running } = this.#clock;
    running.add(this);
    let end: SandboxEnd;
    try {
      end = await this.#watch(Promise.race([settled, this.#over.promise]));
    } catch (error) {
      end = { kind: "failed", error: asError(error) };
    }
    this.#dead = true;
    running.delete(this);
    if (scope !== undefined) endScope(scope);
    return end;
  }

  /** Ends the call; the first word counts. */
  cutOff(reason: CutOff): void {
    this.#dead = true;
    this.invocation?.abandon();
    this.#over.resolve(reason);
  }

  // The handler's surroundings (ScopeHost).

  now(): number {
    return this.#clock.now();
  }

  random(): number {
    return this.#random();
  }

  arm(delayMs: number, fire: () => void): object {
    const armedAtReal = natives.realNow();
    const timer: HandlerTimer = { kind: "handler", fire, armedAtReal, delayMs };
    return this.#clock.arm(this.#clock.now() + delayMs, timer);
  }

  disarm(timer: object): void {
    this.#clock.disarm(timer);
  }

  exited(code: number): void {
    this.invocation?.flush();
    this.#die("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
  }

  crashed(error: unknown): void {
    this.#die("Runtime.ExitError", `Runtime exited after an uncaught exception: ${String(error)}`);
  }

  /** The call has taken as long as Lambda lets it. */
  timeOut(): void {
    this.#clock.moveTo(this.limit);
    this.#die("Sandbox.Timedout", "Task timed out after 900.00 seconds");
  }

  #die(ErrorType: string, ErrorMessage: string): void {
    this.cutOff({ kind: "died", error: { ErrorType, ErrorMessage } });
  }

  #watch(settled: Promise<SandboxEnd>): Promise<SandboxEnd> {
    if (this.scope === undefined) return settled;
    const clock = this.#clock;
    return watchInvocation(
      settled,
      {
        inFlight: new Work(clock.running),
        now: () => clock.now(),
        hasTimer: () => hasTimer(clock.running),
        nextTimer: () => {
          const due = hasTimer(clock.running) ? clock.nextTimer() : undefined;
          return due && { ...due.what, dueAt: due.dueAt };
        },
        fireNextDue: () => fireNextDue(clock),
      },
      {
        stuckAfterMs: this.#stuckAfterMs,
        notice: noticeRealWork,
        stuck: () => new HandlerStuckError(STUCK),
      },
    );
  }
}

/** The real work of all that is running. */
class Work implements Pick<InFlight, "started" | "isBusy" | "names"> {
  readonly #running: Iterable<Sandbox>;

  constructor(running: Iterable<Sandbox>) {
    this.#running = running;
  }

  get started(): number {
    let started = 0;
    for (const { scope } of this.#running) started += scope?.inFlight.started ?? 0;
    return started;
  }

  isBusy(): boolean {
    for (const { scope } of this.#running) if (scope?.inFlight.isBusy() === true) return true;
    return false;
  }

  names(): readonly string[] {
    return [...this.#running].flatMap(({ scope }) => scope?.inFlight.names() ?? []);
  }
}

function hasTimer(running: Iterable<Sandbox>): boolean {
  for (const { scope } of running) if (scope !== undefined && scope.timerCount > 0) return true;
  return false;
}

/** Lets the next due thing happen, unless somebody has to be called, or has run for too long by then. */
function fireNextDue(clock: Clock): Promise<void> | undefined {
  const next = clock.nextDue();
  if (next === undefined) return undefined;
  const beside = clock.callBeside(next.dueAt);
  if (beside !== undefined) return beside;
  let first: Sandbox | undefined;
  for (const sandbox of clock.running) {
    if (first === undefined || sandbox.limit < first.limit) first = sandbox;
  }
  if (first !== undefined && first.limit < next.dueAt) first.timeOut();
  else clock.fireNextDue();
  return undefined;
}

function noticeRealWork(work: readonly string[]): void {
  process.emitWarning(
    `The handler has been waiting for real work for 2 s: ${work.join(", ")}. Virtual time stands still meanwhile.`,
    { type: "DurableTestWarning", code: "DURABLETEST_REAL_WORK" },
  );
}
