import type { FaultName } from "./fault-kinds.ts";
import type { HandlerName } from "./handlers/specs.ts";
import type { RuntimeName } from "./messages.ts";
import { type Plan, PlanInPlay } from "./plan.ts";

/** One execution that faults are tried on. */
export interface FaultCase {
  readonly runtime: RuntimeName;
  readonly handler: HandlerName;
  readonly plan: Plan;
  /** The row of the report in which it counts. */
  readonly row: string;
}

/** What a request asks of the service. */
export type RequestOperation = "checkpoint" | "state";

export interface ServiceRequest {
  readonly operation: RequestOperation;
  readonly fault: FaultName | undefined;
}

/** What was seen of an execution, from outside. */
export interface Observation {
  /** Of the execution, at the end; undefined when the harness gave it up. */
  readonly status: string | undefined;
  readonly result: unknown;
  /** Why it failed, or was given up. */
  readonly error: string | undefined;
  readonly requests: readonly ServiceRequest[];
  /** What bodies did to the world, in order. */
  readonly effects: readonly string[];
  /** Events delivered. */
  readonly deliveries: number;
  /** Why invocations rejected, died or were cut off. */
  readonly broken: readonly string[];
  /** Invocations that ended only because their time was up. */
  readonly timedOut: number;
  /** Promises that were rejected and that nobody handled. */
  readonly unhandled: readonly string[];
  /** Whether every fault of the plan has struck. */
  readonly struck: boolean;
}

/** More requests than any execution here needs: it goes round in circles. */
const REQUEST_LIMIT = 300;

/**
 * One case while it is played: what `proxy.ts` and `lambda.ts` ask what to do, and tell what they saw.
 *
 * Owns: how far the plan has been played, the record of what was seen.
 */
export class CaseRun {
  readonly case: FaultCase;
  readonly requests: ServiceRequest[] = [];
  readonly effects: string[] = [];
  readonly broken: string[] = [];
  readonly unhandled: string[] = [];
  /** What submitters told the world: callback ids that it has not answered. */
  readonly submitted: Set<string> = new Set();
  deliveries = 0;
  timedOut = 0;
  /** A response without a token was given to the invocation that is going on. */
  tokenWithheld = false;
  readonly #inPlay: PlanInPlay;

  constructor(faultCase: FaultCase) {
    this.case = faultCase;
    this.#inPlay = new PlanInPlay(faultCase.plan);
  }

  /** It makes requests without end. */
  get runaway(): boolean {
    return this.requests.length > REQUEST_LIMIT;
  }

  get struck(): boolean {
    return this.#inPlay.unplayed.length === 0;
  }

  request(operation: RequestOperation): FaultName | undefined {
    const fault = this.#inPlay.request(operation);
    this.requests.push({ operation, fault });
    return fault;
  }

  effect(name: string, data: string | undefined): FaultName | undefined {
    this.effects.push(name);
    const fault = this.#inPlay.body();
    // A body that is killed here has done what it does; that the world answers is for the next one.
    if (data !== undefined && fault === undefined) this.submitted.add(data);
    return fault;
  }

  answer(): FaultName | undefined {
    return this.#inPlay.answer();
  }
}
