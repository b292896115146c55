import {
  type CheckpointRequest,
  type CheckpointResponse,
  type ExecutionStateRequest,
  type ExecutionStateResponse,
  isDurableHandler,
  type PromiseWatch,
} from "@durabletest/runtime";
import type { SeenEffect } from "../effect.ts";
import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { LimitExceededError, StepScriptUnsupportedError } from "../errors.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { formatRepetition } from "../print/repetition.ts";
import type { HeardLine } from "../log-record.ts";
import type { StepRuns } from "../operation.ts";
import type { Invocation, Notice } from "../result.ts";
import { checkpoint, executionStatePage, needsInvocation } from "../service/service.ts";
import {
  copyState,
  type Effect,
  type ExecutionState,
  type ServiceTimer,
} from "../service/state.ts";
import { ExecutionEnvironment } from "../surroundings/environment.ts";
import type { Clock } from "./clock.ts";
import { RandomStream } from "./random.ts";
import { neverAwaited } from "./notices.ts";
import type { RunningCall } from "./running.ts";
import { StepRunCounter } from "./step-runs.ts";
import type { Due } from "./timer-queue.ts";

/** The function that an execution is one of. */
export interface ExecutedFunction {
  /** As it was invoked: a name, a name with an alias, an ARN. */
  readonly functionName: string;
  readonly handler: AnyDurableLambdaHandler;
  /** How long one invocation may take. */
  readonly timeoutSeconds: number;
  readonly tenantId?: string | undefined;
}

/** What an execution needs of the engine around it. */
export interface ExecutionPorts {
  readonly clock: Clock;
  readonly maxOperations: number;
  /** What all executions did to the world, in order; only ever added to. */
  readonly effects: SeenEffect[];
  readonly transport: "direct" | "http";
  /** Whether a script speaks of the steps of a name. */
  hasStepScript(name: string | undefined): boolean;
  /** Which course chance takes in it: added to its seed. */
  courseOfChance(execution: Execution): number;
  /** Has the world do what the service asks for. */
  applyEffects(execution: Execution, effects: readonly Effect[]): void;
}

/** The CHAINED_INVOKE that started an execution. */
export interface Invoker {
  readonly execution: Execution;
  readonly operationId: string;
}

/**
 * One execution.
 *
 * Owns: its state, its invocations, its randomness, its environment, the timers armed for it.
 * Does not own: what is legal (`service/`), the clock and what happens when (`clock.ts`, `loop.ts`), how its
 * handler is invoked (`invocation.ts`).
 */
export class Execution {
  readonly function: ExecutedFunction;
  readonly state: ExecutionState;
  /** None for the execution under test. */
  readonly invokedBy: Invoker | undefined;
  /** What is due of it, by timer. */
  readonly timers: Map<string, Due<unknown>> = new Map();
  readonly invocations: Invocation[] = [];
  /** What it has logged; only ever added to. */
  readonly logs: HeardLine[] = [];
  /** What it did to the world; only ever added to. */
  readonly effects: SeenEffect[] = [];
  #stepRuns: StepRunCounter | undefined;
  readonly notices: Notice[] = [];
  /** The call of its handler that is going on. */
  call: RunningCall | undefined;
  /** The last invocation ended in a way after which the service invokes again. */
  mustInvokeAgain = false;
  /** No invocation begins. */
  isPaused = false;
  /** How often in a row the handler's promise has rejected. */
  rejections = 0;
  #hasReachedService = false;
  /** What its handler is made with, once that has shown, whatever has been put around it. */
  #madeWith: "our runtime" | "another SDK" | undefined;
  #areBodiesTold = false;
  /** Ids of the operations that somebody has awaited, in whichever invocation. */
  #awaited: Set<string> | undefined;
  readonly #seed: number;
  readonly #ports: ExecutionPorts;
  #random: RandomStream | undefined;
  #environment = new ExecutionEnvironment();

  constructor(
    ports: ExecutionPorts,
    options: {
      readonly function: ExecutedFunction;
      readonly state: ExecutionState;
      readonly seed: number;
      readonly invokedBy?: Invoker | undefined;
    },
  ) {
    this.#ports = ports;
    this.function = options.function;
    this.state = options.state;
    this.#seed = options.seed;
    this.invokedBy = options.invokedBy;
  }

  get functionName(): string {
    return this.function.functionName;
  }

  get ended(): boolean {
    return this.state.status !== "RUNNING";
  }

  /** Whether the handler must be invoked without anything more happening. */
  get needsInvocation(): boolean {
    if (this.ended || this.isPaused) return false;
    return this.mustInvokeAgain || needsInvocation(this.state);
  }

  /** The functions whose invokes led here, the first one first. */
  get chain(): readonly string[] {
    return [...(this.invokedBy?.execution.chain ?? []), this.functionName];
  }

  /** The next number of its seeded stream, in [0, 1). */
  random(): number {
    this.#random ??= new RandomStream(this.#seed + this.#ports.courseOfChance(this));
    return this.#random.next();
  }

  /** Whether its handler has asked for a random number. */
  get hasUsedChance(): boolean {
    return this.#random !== undefined;
  }

  /**
   * Another execution in the same state, for other ports; without the timers that are armed for this one.
   * While its handler is running there is none: only durable state can be copied.
   *
   * @param of - what it is one of, if no longer of the same function, and who has invoked it.
   */
  copy(
    ports: ExecutionPorts,
    of: {
      readonly function: ExecutedFunction | undefined;
      readonly invokedBy: Invoker | undefined;
    },
  ): Execution {
    const copy = new Execution(ports, {
      function: of.function ?? this.function,
      state: copyState(this.state),
      seed: this.#seed,
      invokedBy: of.invokedBy,
    });
    copy.invocations.push(...this.invocations);
    copy.logs.push(...this.logs);
    copy.effects.push(...this.effects);
    copy.#stepRuns = this.#stepRuns?.copy();
    copy.notices.push(...this.notices);
    copy.#awaited = this.#awaited && new Set(this.#awaited);
    copy.mustInvokeAgain = this.mustInvokeAgain;
    copy.rejections = this.rejections;
    copy.#hasReachedService = this.#hasReachedService;
    copy.#madeWith = this.#madeWith;
    copy.#areBodiesTold = this.#areBodiesTold;
    copy.#random = this.#random?.copy();
    return copy;
  }

  /** Is told, in one invocation, who waits for what. */
  watchPromises(): PromiseWatch {
    const notAwaited = new Set<string>();
    return {
      made: (id) => {
        if (this.#awaited?.has(id) !== true) notAwaited.add(id);
      },
      awaited: (id) => {
        notAwaited.delete(id);
        (this.#awaited ??= new Set()).add(id);
      },
      handlerReturned: () => this.notice(neverAwaited(this.state, notAwaited)),
    };
  }

  /** Keeps what may not have been meant; what every invocation does again, once. */
  notice(what: readonly Omit<Notice, "at" | "invocation">[]): void {
    for (const each of what) {
      const isKnown = this.notices.some(
        ({ message, operationId, callSite }) =>
          message === each.message &&
          operationId === each.operationId &&
          callSite === each.callSite,
      );
      if (isKnown) continue;
      const at = new Date(this.#ports.clock.now());
      this.notices.push({ ...each, at, invocation: this.invocations.length });
    }
  }

  /** Its handler has done something to the world, in a step if that is known. */
  effect(
    effect: Pick<SeenEffect, "name" | "key" | "data">,
    where:
      | { readonly operationId: string; readonly attempt?: number }
      | undefined = this.#onlyStep(),
  ): void {
    const seen: SeenEffect = {
      ...effect,
      at: new Date(this.#ports.clock.now()),
      invocation: this.invocations.length,
      operationId: where?.operationId,
      ...(where?.attempt !== undefined && { attempt: where.attempt }),
    };
    this.effects.push(seen);
    this.#ports.effects.push(seen);
  }

  /** The one step that another SDK's handler has begun, when there is one. */
  #onlyStep(): { readonly operationId: string; readonly attempt: number } | undefined {
    if (this.#madeWith === "our runtime") return undefined;
    const steps = [...this.state.operations.values()].filter(
      ({ operation }) => operation.Type === "STEP" && operation.Status === "STARTED",
    );
    const [only, ...others] = steps;
    if (only === undefined || others.length > 0) return undefined;
    const { Id, StepDetails } = only.operation;
    return { operationId: Id, attempt: (StepDetails?.Attempt ?? 0) + 1 };
  }

  /** The handler has reached the service, whatever comes of it. */
  reached(): void {
    this.#hasReachedService = true;
  }

  /** It has shown what the handler is made with. */
  isMadeWith(sdk: "our runtime" | "another SDK"): void {
    this.#madeWith = sdk;
    if (sdk === "our runtime") this.#areBodiesTold = true;
  }

  /**
   * Whether the handler reads the answer to a callback as JSON; other SDKs hand it on as it came. Over HTTP
   * another SDK says so with its first request.
   */
  get readsJson(): boolean {
    if (this.#madeWith !== undefined) return this.#madeWith === "our runtime";
    return this.#ports.transport === "http" || isDurableHandler(this.function.handler);
  }

  /** Whether the handler has ever reached the service. */
  get hasReachedService(): boolean {
    return this.#hasReachedService;
  }

  /** What the next invocation finds of the one before it: its timers, unless its sandbox has died. */
  environment(): ExecutionEnvironment {
    if (this.#environment.discarded) this.#environment = new ExecutionEnvironment();
    return this.#environment;
  }

  /** Nothing that an invocation still does, or has left behind, counts any more. */
  abandon(): void {
    this.#environment.discard();
    this.call?.cutOff({ kind: "abandoned" });
  }

  /**
   * A checkpoint of the running invocation.
   *
   * @throws ServiceException
   */
  checkpoint(request: CheckpointRequest): CheckpointResponse {
    this.reached();
    this.#environment.progress.operationCalled();
    const { response, effects } = checkpoint(this.state, this.#ports.clock.now(), request);
    this.#countStepRuns(request);
    this.#ports.applyEffects(this, effects);
    this.#checkOperationLimit();
    return response;
  }

  /** @throws ServiceException */
  statePage(request: ExecutionStateRequest): ExecutionStateResponse {
    this.reached();
    return executionStatePage(this.state, request);
  }

  /** How often the functions of its steps were called, as far as that is known. */
  get stepRuns(): ReadonlyMap<string, StepRuns> | undefined {
    return this.#stepRuns?.known(this.invocations.length);
  }

  /** Its handler says what the function of a step does. */
  bodyRuns(operationId: string, moment: "begins" | "settles"): void {
    (this.#stepRuns ??= new StepRunCounter()).told(operationId, moment);
  }

  /** What becomes of functions of steps will be told, and need not be made out from updates. */
  bodiesAreTold(): void {
    this.#areBodiesTold = true;
  }

  /** Something else is done in the place of the function of a step. */
  bodyReplaced(operationId: string): void {
    (this.#stepRuns ??= new StepRunCounter()).attempted(operationId);
  }

  /** Handlers that tell it themselves need not be asked; over HTTP none does. */
  #countStepRuns({ Updates = [] }: CheckpointRequest): void {
    if (this.#areBodiesTold && this.#ports.transport === "direct") return;
    const followsExit = this.invocations.at(-2)?.error?.ErrorType === "Runtime.ExitError";
    const from = { number: this.invocations.length, followsExit };
    this.#stepRuns ??= new StepRunCounter();
    for (const update of Updates) this.#stepRuns.updated(update, from);
    for (const update of Updates) this.#assertNotScripted(update);
  }

  /** Nobody stands in the place of a step's function where its runtime does not let anybody. */
  #assertNotScripted({ Type, Action, Name }: OperationUpdate): void {
    if (Type !== "STEP" || Action !== "START" || !this.#ports.hasStepScript(Name)) return;
    const why =
      this.#ports.transport === "http"
        ? 'with transport: "http" nothing but what Lambda sends reaches the handler'
        : 'with globals: "real" nobody can tell which execution a step belongs to';
    const error = new StepScriptUnsupportedError(
      `steps.${Name}: this step cannot be scripted: ${why}. Have the fake that the step calls do it.`,
    );
    this.call?.cutOff({ kind: "failed", error });
  }

  #checkOperationLimit(): void {
    const { maxOperations } = this.#ports;
    if (this.state.operations.size <= maxOperations) return;
    const error = new LimitExceededError(
      `The handler made more than ${maxOperations} operations (maxOperations). ${formatRepetition(this.state)}`,
    );
    this.call?.cutOff({ kind: "failed", error });
  }
}

/** How a timer of an execution is called among its others. */
export function timerKey(timer: ServiceTimer): string {
  return `${timer.kind} ${timer.operationId}`;
}
