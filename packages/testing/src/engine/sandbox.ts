import type { RunningInvocation } from "@durabletest/runtime";
import type { SeenEffect } from "../effect.ts";
import { inWhatStandsForATurn } from "../in-flight/arrivals.ts";
import type { InFlight } from "../in-flight/ledger.ts";
import { watchWork } from "../in-flight/observer.ts";
import { natives } from "../surroundings/natives.ts";
import type { ExecutionEnvironment } from "../surroundings/environment.ts";
import type { ScopeHost } from "../surroundings/host.ts";
import { callInScope, endScope, openScope } from "../surroundings/open-scope.ts";
import type { Scope } from "../surroundings/scope.ts";
import type { Clock } from "./clock.ts";
import type { LeftBehind } from "./notices.ts";
import type { CutOff, Running, RunningCall } from "./running.ts";
import type { Due } from "./timer-queue.ts";

/** How a call ended. */
export type SandboxEnd =
  | { readonly kind: "answered"; readonly output: unknown }
  | { readonly kind: "rejected"; readonly error: unknown }
  | CutOff;

/** How long before its limit a call is all but over: a second, or a tenth of a short one. */
function lastMomentsMs(timeoutSeconds: number): number {
  return Math.min(1000, timeoutSeconds * 100);
}

export interface SandboxOptions {
  readonly clock: Clock;
  readonly running: Running;
  readonly globals: "virtual" | "real";
  readonly random: () => number;
  /** Where earlier calls have left their timers. */
  readonly environment?: ExecutionEnvironment;
  /** Is told what its code does to the world, and in which step, where that is known. */
  readonly effect?: (
    effect: Pick<SeenEffect, "name" | "key" | "data">,
    step: ReturnType<RunningInvocation["runningStep"]>,
  ) => void;
  /** How long the call may take, in virtual seconds. */
  readonly timeoutSeconds: number;
  /** Whether it is let run that long when nothing can move it any more. Default: something is wrong with it. */
  readonly runsToLimit?: boolean;
}

/**
 * What one call of handler code runs in.
 *
 * Owns: its surroundings (`surroundings/scope.ts`), and the ways in which it may be over before it has
 * settled.
 * Does not own: the clock; what the call is for; when virtual time passes meanwhile (`loop.ts`).
 */
export class Sandbox implements ScopeHost, RunningCall {
  readonly startedAt: number;
  readonly scope: Scope | undefined;
  readonly inFlight: InFlight | undefined;
  readonly limit: number;
  readonly runsToLimit: boolean;
  /** The runtime's end of the call, when the handler is made by our runtime. */
  invocation: RunningInvocation | undefined;
  readonly #options: SandboxOptions;
  readonly clock: Clock;
  leftBehind: LeftBehind = { timers: [], work: [] };
  readonly #over = Promise.withResolvers<SandboxEnd>();
  #dead = false;

  constructor(options: SandboxOptions) {
    const { clock, environment, globals, timeoutSeconds, runsToLimit = false } = options;
    this.#options = options;
    this.clock = clock;
    this.startedAt = clock.startedAt;
    this.limit = clock.now() + timeoutSeconds * 1000;
    this.runsToLimit = runsToLimit;
    this.scope = globals === "virtual" ? openScope(this, environment) : undefined;
    this.inFlight = this.scope && watchWork(this.scope);
  }

  /** Nothing that still runs in it reaches anybody. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Calls; resolves when the call is over. Never rejects. */
  async run(call: () => Promise<unknown>): Promise<SandboxEnd> {
    const { scope } = this;
    const { running } = this.#options;
    const { promise, resolve } = this.#over;
    (scope === undefined ? call() : callInScope(scope, call)).then(
      (output) => resolve({ kind: "answered", output }),
      (error: unknown) => resolve({ kind: "rejected", error }),
    );
    running.add(this);
    this.clock.mark(this.limit, this);
    const end = await promise;
    this.#dead = true;
    running.remove(this);
    this.clock.unmark(this);
    this.leftBehind = {
      timers: scope?.environment.ofHandler() ?? [],
      work: this.inFlight?.namesOutsideSteps() ?? [],
    };
    if (scope !== undefined) endScope(scope);
    this.inFlight?.close();
    // What outlives it (timers that handler code has left behind) tells the time by it, and needs no more.
    this.invocation = undefined;
    return end;
  }

  cutOff(reason: CutOff): void {
    // What it has left behind may still have something to say, when the next one has its environment.
    if (this.#dead) return;
    this.#dead = true;
    this.scope?.environment.discard();
    this.invocation?.abandon();
    this.#over.resolve(reason);
  }

  flush(): void {
    this.invocation?.flush();
  }

  timeOut(): void {
    const { timeoutSeconds } = this.#options;
    this.#die("Sandbox.Timedout", `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`);
  }

  // The handler's surroundings (ScopeHost).

  now(): number {
    return this.clock.now();
  }

  isInStep(): boolean | undefined {
    return this.invocation === undefined ? undefined : this.invocation.runningStep() !== undefined;
  }

  random(): number {
    return this.#options.random();
  }

  arm(delayMs: number, fire: () => void): object {
    const armedAtReal = natives.realNow();
    const dueAt = this.clock.now() + delayMs;
    const leftMs = this.limit - dueAt;
    const isAtLimit = leftMs >= 0 && leftMs <= lastMomentsMs(this.#options.timeoutSeconds);
    return this.clock.arm(dueAt, { kind: "handler", fire, armedAtReal, delayMs, isAtLimit });
  }

  disarm(timer: object): void {
    this.clock.disarm(timer as Due<unknown>);
  }

  get nextTurn(): ScopeHost["nextTurn"] {
    return this.#options.running.needsTurns ? undefined : inWhatStandsForATurn;
  }

  exited(code: number): void {
    this.flush();
    this.#die("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
  }

  effect(name: string, key: string | undefined, data: unknown): void {
    // What an invocation has left behind goes on in the next one, unless its environment is gone.
    if (this.scope?.environment.discarded === true) return;
    const step = this.invocation?.runningStep();
    this.#options.effect?.({ name, key, data }, step);
  }

  /** Dies as if its machine had; what was waiting for that waits for ever. */
  crash(when: string): Promise<never> {
    this.#die("Sandbox.Crashed", `The sandbox died ${when}.`);
    return new Promise(() => {});
  }

  crashed(error: unknown): void {
    this.#die("Runtime.ExitError", `Runtime exited after an uncaught exception: ${String(error)}`);
  }

  #die(ErrorType: string, ErrorMessage: string): void {
    this.cutOff({ kind: "died", error: { ErrorType, ErrorMessage } });
  }
}
