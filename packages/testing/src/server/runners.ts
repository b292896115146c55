import type { CheckpointRequest, CheckpointResponse } from "@durabletest/runtime";
import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { engineOf, type RunnerEngine } from "../engine/door.ts";
import { InvalidPayloadError } from "../errors.ts";
import type { Execution } from "../engine/execution.ts";
import { encodeError, encodePayload } from "../service/payload.ts";
import { findFunction, FUNCTION_VERSION } from "../service/function-name.ts";
import { isCallbackOpen } from "../service/service.ts";
import { type CallbackMove, callbackView } from "../engine/world.ts";
import type { DurableService, ExecutionDescription } from "./durable-service.ts";
import { ApiException, invalidParameter } from "./errors.ts";

/** A checkpoint that has been taken, in case its answer got lost. */
interface TakenCheckpoint {
  readonly clientToken: string;
  readonly checkpointToken: string;
  readonly response: CheckpointResponse;
}

/** How AWS's SDKs for durable executions call themselves. */
const OTHER_SDK = /durable-execution-sdk/;

/**
 * The service over the executions of runners.
 *
 * Owns: which runners there are, and the answer to the last checkpoint of each execution.
 * Does not own: the executions (`engine/`), when a runner goes on (`runner.ts`).
 */
export class Runners implements DurableService {
  #engines: readonly RunnerEngine[] = [];
  readonly #taken = new WeakMap<Execution, TakenCheckpoint>();

  /** @throws InvalidArgumentError when it is no runner, or when its executions could not be told apart. */
  add(runner: unknown): void {
    const engine = engineOf(runner);
    if (engine === undefined) {
      throw new InvalidArgumentError(
        `${describeValue(runner)} is no runner. Give a DurableTestRunner.`,
      );
    }
    const { seed } = engine.engine.settings;
    const others = this.#engines.filter(
      (other) => other.engine !== engine.engine && !other.disposed,
    );
    if (others.some(({ engine: other }) => other.settings.seed === seed && !other.ended)) {
      throw new InvalidArgumentError(
        `This server has a runner with the seed ${seed}, whose execution has not ended. The seed determines ARNs and callback ids, by which requests find their execution: give this runner one of its own (new DurableTestRunner(handler, { seed: ${seed + 1} })), or dispose of the other one first.`,
      );
    }
    // The one that was added last answers where an execution that has ended had the same ARN.
    this.#engines = [engine, ...others];
  }

  requested(arn: string, userAgent: string): void {
    for (const { engine } of this.#live()) {
      const execution = engine.executions.byArn.get(arn);
      execution?.reached();
      if (OTHER_SDK.test(userAgent)) execution?.isMadeWith("another SDK");
    }
  }

  checkpoint(request: CheckpointRequest): CheckpointResponse {
    const { execution } = this.#find(request.DurableExecutionArn, "InvalidParameterValueException");
    const { ClientToken: clientToken, CheckpointToken: checkpointToken } = request;
    const taken = this.#taken.get(execution);
    if (taken?.clientToken === clientToken && taken?.checkpointToken === checkpointToken) {
      return taken.response;
    }
    const response = execution.checkpoint(request);
    if (clientToken !== undefined)
      this.#taken.set(execution, { clientToken, checkpointToken, response });
    return response;
  }

  executionState(
    request: Parameters<DurableService["executionState"]>[0],
  ): ReturnType<DurableService["executionState"]> {
    const { execution } = this.#find(request.DurableExecutionArn, "InvalidParameterValueException");
    return execution.statePage(request);
  }

  execution(arn: string): ExecutionDescription {
    return describe(this.#find(arn).execution);
  }

  history(arn: string): Execution["state"]["history"] {
    return this.#find(arn).execution.state.history;
  }

  executionsOf(functionName: string): readonly ExecutionDescription[] {
    const executions = this.#live()
      .toReversed()
      .flatMap(({ engine }) => [...engine.executions.byArn.values()]);
    const names = [...new Set(executions.map((execution) => execution.functionName))];
    const found = findFunction(functionName, names);
    if (found === undefined) {
      throw new ApiException(
        "ResourceNotFoundException",
        `Function not found: ${functionName}. Executions have been started of: ${names.join(", ") || "none"}.`,
      );
    }
    return executions
      .filter((execution) => execution.functionName === found)
      .toSorted((a, b) => a.state.startedAt - b.state.startedAt)
      .map(describe);
  }

  stop(arn: string, error: Parameters<DurableService["stop"]>[1]): Date {
    const { runner, execution } = this.#find(arn);
    const { state } = execution;
    if (execution.ended) invalidParameter(`The execution has ended: ${state.status}.`);
    const reason = error ?? {
      ErrorType: "Stopped",
      ErrorMessage: "The execution was stopped.",
    };
    runner.engine.stop(execution, reason);
    runner.continueInBackground();
    return new Date(state.endedAt ?? runner.engine.clock.now());
  }

  moveCallback(callbackId: string, move: CallbackMove): void {
    for (const runner of this.#live()) {
      const { engine } = runner;
      const callback = engine.world.callbacks.get(callbackId);
      if (callback === undefined) continue;
      const { state } = callback.execution;
      checkSize(move, state.setup.limits);
      if (!isCallbackOpen(state, callback.operationId)) {
        const { status } = callbackView(callback);
        throw new ApiException(
          "CallbackTimeoutException",
          `The callback is closed: it is ${status}, its execution ${state.status}.`,
        );
      }
      engine.move(callback, move);
      runner.continueInBackground();
      return;
    }
    throw new ApiException(
      "ResourceNotFoundException",
      `There is no callback with the id ${JSON.stringify(callbackId)}.`,
    );
  }

  #live(): readonly RunnerEngine[] {
    return this.#engines.filter(({ disposed }) => !disposed);
  }

  #find(
    arn: string,
    refusal:
      | "ResourceNotFoundException"
      | "InvalidParameterValueException" = "ResourceNotFoundException",
  ): { readonly runner: RunnerEngine; readonly execution: Execution } {
    for (const runner of this.#live()) {
      const execution = runner.engine.executions.byArn.get(arn);
      if (execution !== undefined) return { runner, execution };
    }
    throw new ApiException(refusal, `There is no durable execution ${JSON.stringify(arn)}.`);
  }
}

/** What a test may not send, a client may not either. */
function checkSize(move: CallbackMove, limits: Execution["state"]["setup"]["limits"]): void {
  try {
    if (move.kind === "success") {
      encodePayload(Buffer.from(move.payload ?? ""), "The result", { limits });
    } else if (move.kind === "failure") {
      encodeError(move.error, "The error", limits);
    }
  } catch (cause) {
    if (InvalidPayloadError.is(cause)) invalidParameter(cause.message);
    throw cause;
  }
}

/** Source: the form of a durable execution's ARN. */
function describe({ state }: Execution): ExecutionDescription {
  const [functionArn = "", , name = ""] = state.arn.split("/");
  const [started] = state.history;
  return {
    arn: state.arn,
    name,
    functionArn,
    version: FUNCTION_VERSION,
    status: state.status,
    startedAt: new Date(state.startedAt),
    endedAt: state.endedAt === undefined ? undefined : new Date(state.endedAt),
    input: state.input,
    result: state.status === "SUCCEEDED" ? state.result : undefined,
    error: state.error,
    timeoutSeconds:
      started?.EventType === "ExecutionStarted"
        ? started.ExecutionStartedDetails.ExecutionTimeout
        : undefined,
  };
}
