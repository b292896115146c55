import type {
  CheckpointRequest,
  CheckpointResponse,
  ErrorObject,
  ExecutionStateRequest,
  ExecutionStateResponse,
  ServiceClient,
} from "@durabletest/runtime";
import {
  asError,
  type DurableExecutionInvocationOutput,
  type ServiceLimits,
} from "@durabletest/runtime/protocol";
import { HandlerStuckError, LimitExceededError } from "../errors.ts";
import { formatBlockers, formatRepetition } from "../print/format.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import {
  callHandler,
  describeRejection,
  readOutput,
  rejectedForGood,
  withoutContact,
} from "./invocation.ts";
import { isKnownHandler, type RunnerSettings } from "../options.ts";
import { createRandom } from "./random.ts";
import type { Invocation } from "../result.ts";
import { type Clock, Sandbox, type SandboxEnd, STUCK } from "./sandbox.ts";
import {
  beginInvocation,
  checkpoint,
  completeInvocation,
  executionStatePage,
  type InvocationOutcome,
  needsInvocation,
} from "../service/service.ts";
import type { Effect, ExecutionState, ServiceTimer } from "../service/state.ts";
import { natives } from "../surroundings/natives.ts";
import { endScope, openScope, runInScope } from "../surroundings/scope.ts";
import type { Due } from "./timer-queue.ts";

/** How often the service invokes again after a rejection. */
const REJECTIONS = 3;

/** What an execution needs of the runner around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly settings: RunnerSettings;
  /** Has the world do what the service asks for. */
  carryOut(run: ExecutionRun, effects: readonly Effect[]): void;
}

/**
 * One execution, and the invoking of its handler.
 *
 * Owns: its state, its invocations, its randomness, the timers armed for it.
 * Does not own: what is legal (`service/`), the clock and what happens when (`driver.ts`), the handler's
 * surroundings (`sandbox.ts`).
 */
export class ExecutionRun {
  readonly functionName: string;
  readonly state: ExecutionState;
  /** The CHAINED_INVOKE that started it; none for the execution under test. */
  readonly invokedBy: { readonly run: ExecutionRun; readonly operationId: string } | undefined;
  readonly timers: Map<string, Due<unknown>> = new Map();
  readonly #handler: AnyDurableLambdaHandler;
  readonly #seed: number;
  readonly #surroundings: Surroundings;
  readonly #invocations: Invocation[] = [];
  #random: (() => number) | undefined;
  #sandbox: Sandbox | undefined;
  #mustInvoke = false;
  #rejections = 0;
  /** Whether the handler has ever reached the service. */
  #contact = false;

  constructor(
    surroundings: Surroundings,
    options: {
      readonly functionName: string;
      readonly handler: AnyDurableLambdaHandler;
      readonly state: ExecutionState;
      readonly seed: number;
      readonly invokedBy?: ExecutionRun["invokedBy"];
    },
  ) {
    this.#surroundings = surroundings;
    this.functionName = options.functionName;
    this.#handler = options.handler;
    this.state = options.state;
    this.#seed = options.seed;
    this.invokedBy = options.invokedBy;
  }

  get ended(): boolean {
    return this.state.status !== "RUNNING";
  }

  get invocations(): readonly Invocation[] {
    return this.#invocations;
  }

  /** Whether the handler must be invoked without anything more happening. */
  get needsInvocation(): boolean {
    return !this.ended && (this.#mustInvoke || needsInvocation(this.state));
  }

  /** The functions whose invokes led here, the first one first. */
  get chain(): readonly string[] {
    return [...(this.invokedBy?.run.chain ?? []), this.functionName];
  }

  /** Nothing that an invocation still does counts any more. */
  abandon(): void {
    this.#sandbox?.cutOff({ kind: "abandoned" });
  }

  /**
   * A checkpoint of the running invocation.
   *
   * @throws ServiceException
   */
  checkpoint(request: CheckpointRequest): CheckpointResponse {
    this.#contact = true;
    const { clock } = this.#surroundings;
    const { response, effects } = checkpoint(this.state, clock.now(), request);
    this.#surroundings.carryOut(this, effects);
    this.#checkOperationLimit();
    return response;
  }

  /** @throws ServiceException */
  statePage(request: ExecutionStateRequest): ExecutionStateResponse {
    this.#contact = true;
    return executionStatePage(this.state, request);
  }

  /**
   * Invokes the handler once.
   *
   * @throws HandlerStuckError, HandlerRejectedError, InvalidHandlerError
   */
  async invoke(): Promise<void> {
    const { state } = this;
    const { clock, settings } = this.#surroundings;
    this.#mustInvoke = false;
    const startedAt = clock.now();
    const input = beginInvocation(state, startedAt);
    const index = this.#invocations.length;
    const running: Invocation = {
      requestId: state.invocation?.requestId ?? "",
      startedAt: new Date(startedAt),
      endedAt: undefined,
      status: "RUNNING",
      error: undefined,
    };
    this.#invocations.push(running);

    const sandbox = new Sandbox(clock, settings, () => this.#nextRandom());
    this.#sandbox = sandbox;
    const client = settings.transport === "direct" ? this.#client(sandbox) : undefined;
    let end = await sandbox.run(() => callHandler(this.#handler, input, client));
    this.#sandbox = undefined;
    if (end.kind === "failed" && HandlerStuckError.is(end.error)) {
      end = { kind: "failed", error: await this.#stuck() };
    }
    if (!this.#contact) end = withoutContact(end, settings.transport);

    const close = (
      outcome: InvocationOutcome,
      ended: Pick<Invocation, "status" | "error">,
    ): void => {
      this.#invocations[index] = { ...running, endedAt: new Date(clock.now()), ...ended };
      this.#surroundings.carryOut(this, completeInvocation(state, clock.now(), outcome));
    };
    if (end.kind === "abandoned") {
      // The service has completed the invocation together with the execution.
      const error = { ErrorType: "Abandoned", ErrorMessage: "The execution ended meanwhile." };
      this.#invocations[index] = {
        ...running,
        endedAt: new Date(clock.now()),
        status: "DIED",
        error,
      };
      return;
    }
    if (end.kind === "answered") {
      const output = readOutput(end.output);
      const refusal = output instanceof Error ? undefined : tooLarge(output, settings.limits);
      if (!(output instanceof Error) && refusal === undefined) {
        const error = output.Status === "FAILED" ? output.Error : undefined;
        close({ kind: "answered", output }, { status: output.Status, error });
        this.#rejections = 0;
        return;
      }
      end =
        output instanceof Error
          ? { kind: "failed", error: output }
          : { kind: "rejected", error: refusal };
    }
    const error = errorOf(end);
    close({ kind: "died", error }, { status: "DIED", error });
    if (end.kind === "failed") throw this.#located(end.error);
    if (end.kind === "rejected") this.#rejected(end.error);
    else this.#mustInvoke = true;
  }

  /** Says of an error of a function that was invoked which one it is about. */
  #located(error: Error): Error {
    if (this.invokedBy !== undefined) error.message = `In "${this.functionName}": ${error.message}`;
    return error;
  }

  #nextRandom(): number {
    this.#random ??= createRandom(this.#seed);
    return this.#random();
  }

  /** The service as one invocation reaches it; a dead sandbox gets no answer any more. */
  #client(sandbox: Sandbox): ServiceClient {
    return {
      limits: this.state.setup.limits,
      checkpoint: (request) => {
        if (sandbox.dead) return new Promise(() => {});
        try {
          return Promise.resolve(this.checkpoint(request));
        } catch (refusal) {
          return Promise.reject(asError(refusal));
        }
      },
      getExecutionState: async (request) => {
        if (sandbox.dead) return new Promise(() => {});
        return this.statePage(request);
      },
      invocationBegins: (invocation) => {
        this.#contact = true;
        sandbox.invocation = invocation;
      },
    };
  }

  #rejected(cause: unknown): void {
    this.#rejections += 1;
    this.#mustInvoke = true;
    if (this.#rejections <= REJECTIONS) return;
    this.#rejections = 0;
    const how = { times: REJECTIONS + 1, contact: this.#contact };
    throw this.#located(rejectedForGood(cause, how));
  }

  #checkOperationLimit(): void {
    const { maxOperations } = this.#surroundings.settings;
    if (this.state.operations.size <= maxOperations) return;
    const error = new LimitExceededError(
      `The handler made more than ${maxOperations} operations (maxOperations). ${formatRepetition(this.state)}`,
    );
    this.#sandbox?.cutOff({ kind: "failed", error });
  }

  async #stuck(): Promise<HandlerStuckError> {
    const sites = await this.#callSites();
    return new HandlerStuckError(`${STUCK} ${formatBlockers(this.state, sites)}`);
  }

  /**
   * Where the handler called its operations. Stacks are too dear to be taken at every call: the handler
   * is replayed once more, with nobody to record anything and no step running.
   */
  async #callSites(): Promise<ReadonlyMap<string, string>> {
    const sites = new Map<string, string>();
    const { state } = this;
    const { invocation } = state;
    if (invocation === undefined || !isKnownHandler(this.#handler)) return sites;
    const client: ServiceClient = {
      checkpoint: () => new Promise(() => {}),
      getExecutionState: () => new Promise(() => {}),
      operationCalled: (operationId, callSite) => sites.set(operationId, callSite),
    };
    const input = {
      DurableExecutionArn: state.arn,
      CheckpointToken: "",
      InitialExecutionState: {
        Operations: [...invocation.operations.slice(0, 1), ...state.replayable.values()],
      },
    };
    const { clock, settings } = this.#surroundings;
    const host = new Sandbox(clock, { ...settings, globals: "real" }, () => this.#nextRandom());
    const scope = openScope(host);
    runInScope(scope, () => callHandler(this.#handler, input, client)).catch(() => {});
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise<void>((resolve) => {
        natives.setImmediate(resolve);
      });
    }
    endScope(scope);
    return sites;
  }
}

/** Lambda's refusal of an answer that it cannot carry. */
function tooLarge(
  output: DurableExecutionInvocationOutput,
  { responseBytes }: ServiceLimits,
): Error | undefined {
  const bytes = output.Status === "SUCCEEDED" ? Buffer.byteLength(output.Result ?? "") : 0;
  if (bytes <= responseBytes) return undefined;
  const error = new Error(
    `The response has ${bytes} bytes; an invocation's response may have ${responseBytes}.`,
  );
  error.name = "Function.ResponseSizeTooLarge";
  return error;
}

/** How a timer of an execution is called among its others. */
export function timerKey(timer: ServiceTimer): string {
  return `${timer.kind} ${timer.operationId}`;
}

function errorOf(
  end: Exclude<SandboxEnd, { readonly kind: "answered" | "abandoned" }>,
): ErrorObject {
  return end.kind === "died" ? end.error : describeRejection(end.error);
}
