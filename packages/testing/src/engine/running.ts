import type { ErrorObject } from "@durabletest/runtime";
import type { InFlight } from "../in-flight/ledger.ts";
import { currentScope, type Scope } from "../surroundings/scope.ts";

/** Why a call is over before it has settled. */
export type CutOff =
  | { readonly kind: "died"; readonly error: ErrorObject }
  /** The execution has ended without it. */
  | { readonly kind: "abandoned" }
  /** It is to be replayed from what has been recorded. */
  | { readonly kind: "replayed" }
  | { readonly kind: "failed"; readonly error: Error };

/** A call of handler code that is going on. */
export interface RunningCall {
  /** None when the globals are to be real. */
  readonly scope: Scope | undefined;
  /** The real work that it waits for. */
  readonly inFlight: InFlight | undefined;
  /** Until when its function lets it run, in virtual epoch milliseconds. */
  readonly limit: number;
  /** Whether it runs until its limit when nothing can move it any more; otherwise something is wrong with it. */
  readonly runsToLimit: boolean;
  /** Has its updates sent now: what happens next comes after them. */
  flush(): void;
  /** It has run until its limit. */
  timeOut(): void;
  /** Ends it; the first word counts. */
  cutOff(reason: CutOff): void;
}

/**
 * The calls of handler code that are going on.
 *
 * Owns: which they are, and what they wait for, all together.
 * Does not own: when one begins (`loop.ts`), what one call is (`sandbox.ts`).
 */
export class Running {
  /** In the order in which they began. */
  readonly #calls = new Set<RunningCall>();
  /** Nobody else is at work meanwhile: no test, which may be about to do something in its next turn. */
  isAlone = false;
  #hadRealWork = false;

  add(call: RunningCall): void {
    this.#calls.add(call);
  }

  remove(call: RunningCall): void {
    this.#calls.delete(call);
    if (call.inFlight?.hadWork === true) this.#hadRealWork = true;
  }

  /** Whether one that is over has done real work: how long that takes, and what comes of it, nobody decides. */
  get hadRealWork(): boolean {
    return this.#hadRealWork;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Whether the code that asks belongs to one of them. */
  isAsking(): boolean {
    const host = currentScope()?.host;
    return host !== undefined && [...this.#calls].some(({ scope }) => scope?.host === host);
  }

  /** The one that began last. */
  get last(): RunningCall | undefined {
    return [...this.#calls].at(-1);
  }

  /** Whether time alone moves them on when nothing else can. */
  runsToLimit(): boolean {
    for (const call of this.#calls) if (call.runsToLimit) return true;
    return false;
  }

  /** The one that must be over first. */
  get firstToTimeOut(): RunningCall | undefined {
    let first: RunningCall | undefined;
    for (const call of this.#calls) {
      if (first === undefined || call.limit < first.limit) first = call;
    }
    return first;
  }

  flush(): void {
    for (const call of this.#calls) call.flush();
  }

  cutOff(reason: CutOff): void {
    for (const call of this.#calls) call.cutOff(reason);
  }

  /** Whether one of them has a timer armed. */
  hasTimer(): boolean {
    for (const { scope } of this.#calls) {
      if (scope !== undefined && scope.timerCount > 0) return true;
    }
    return false;
  }

  // The real work of all of them, as the idle rule asks for it.

  get started(): number {
    let started = 0;
    for (const { inFlight } of this.#calls) started += inFlight?.started ?? 0;
    return started;
  }

  get needsTurns(): boolean {
    if (!this.isAlone) return true;
    for (const { inFlight } of this.#calls) if (inFlight?.needsTurns !== false) return true;
    return false;
  }

  isBusy(): boolean {
    for (const { inFlight } of this.#calls) if (inFlight?.isBusy() === true) return true;
    return false;
  }

  names(): readonly string[] {
    return [...this.#calls].flatMap(({ inFlight }) => inFlight?.names() ?? []);
  }

  /** What is open that they may wait for, though nothing tells. */
  openNames(): readonly string[] {
    return [...this.#calls].flatMap(({ inFlight }) => inFlight?.openNames() ?? []);
  }
}
