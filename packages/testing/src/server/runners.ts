import type { CheckpointRequest, CheckpointResponse } from "@durabletest/runtime";
import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { engineOf, type RunnerEngine } from "../engine/engine.ts";
import { InvalidPayloadError } from "../errors.ts";
import type { ExecutionRun } from "../engine/execution-run.ts";
import { encodeError, encodePayload } from "../service/payload.ts";
import { findFunction, FUNCTION_VERSION } from "../service/function-name.ts";
import { isCallbackOpen } from "../service/service.ts";
import type { CallbackMove } from "../engine/world.ts";
import type { DurableService, ExecutionDescription } from "./durable-service.ts";
import { ApiException, invalidParameter } from "./errors.ts";

/** A checkpoint that has been taken, in case its answer got lost. */
interface TakenCheckpoint {
  readonly clientToken: string;
  readonly checkpointToken: string;
  readonly response: CheckpointResponse;
}

/**
 * The service over the executions of runners.
 *
 * Owns: which runners there are, and the answer to the last checkpoint of each execution.
 * Does not own: the executions (`driver.ts`), when a runner goes on (`runner.ts`).
 */
export class Runners implements DurableService {
  #engines: readonly RunnerEngine[] = [];
  readonly #taken = new WeakMap<ExecutionRun, TakenCheckpoint>();

  /** @throws InvalidArgumentError when it is no runner, or when its executions could not be told apart. */
  add(runner: unknown): void {
    const engine = engineOf(runner);
    if (engine === undefined) {
      throw new InvalidArgumentError(
        `${describeValue(runner)} is no runner. Give a DurableTestRunner.`,
      );
    }
    const { seed } = engine.driver.settings;
    const others = this.#engines.filter((other) => other !== engine && !other.disposed);
    if (others.some(({ driver }) => driver.settings.seed === seed && !driver.ended)) {
      throw new InvalidArgumentError(
        `This server has a runner with the seed ${seed}, whose execution has not ended. The seed determines ARNs and callback ids, by which requests find their execution: give this runner one of its own (new DurableTestRunner(handler, { seed: ${seed + 1} })), or dispose of the other one first.`,
      );
    }
    // The one that was added last answers where an execution that has ended had the same ARN.
    this.#engines = [engine, ...others];
  }

  checkpoint(request: CheckpointRequest): CheckpointResponse {
    const { run } = this.#find(request.DurableExecutionArn, "InvalidParameterValueException");
    const { ClientToken: clientToken, CheckpointToken: checkpointToken } = request;
    const taken = this.#taken.get(run);
    if (taken?.clientToken === clientToken && taken?.checkpointToken === checkpointToken) {
      return taken.response;
    }
    const response = run.checkpoint(request);
    if (clientToken !== undefined) this.#taken.set(run, { clientToken, checkpointToken, response });
    return response;
  }

  executionState(
    request: Parameters<DurableService["executionState"]>[0],
  ): ReturnType<DurableService["executionState"]> {
    const { run } = this.#find(request.DurableExecutionArn, "InvalidParameterValueException");
    return run.statePage(request);
  }

  execution(arn: string): ExecutionDescription {
    return describe(this.#find(arn).run);
  }

  history(arn: string): ExecutionRun["state"]["history"] {
    return this.#find(arn).run.state.history;
  }

  executionsOf(functionName: string): readonly ExecutionDescription[] {
    const runs = this.#live()
      .toReversed()
      .flatMap(({ driver }) => [...driver.executions.values()]);
    const names = [...new Set(runs.map((run) => run.functionName))];
    const found = findFunction(functionName, names);
    if (found === undefined) {
      throw new ApiException(
        "ResourceNotFoundException",
        `Function not found: ${functionName}. Executions have been started of: ${names.join(", ") || "none"}.`,
      );
    }
    return runs
      .filter((run) => run.functionName === found)
      .toSorted((a, b) => a.state.startedAt - b.state.startedAt)
      .map(describe);
  }

  stop(arn: string, error: Parameters<DurableService["stop"]>[1]): Date {
    const { engine, run } = this.#find(arn);
    const { state } = run;
    if (run.ended) invalidParameter(`The execution has ended: ${state.status}.`);
    const reason = error ?? {
      ErrorType: "Stopped",
      ErrorMessage: "The execution was stopped.",
    };
    engine.driver.stop(run, reason);
    engine.goOn();
    return new Date(state.endedAt ?? engine.driver.now());
  }

  moveCallback(callbackId: string, move: CallbackMove): void {
    for (const engine of this.#live()) {
      const { driver } = engine;
      const callback = driver.callbacks.get(callbackId);
      if (callback === undefined) continue;
      const { state } = callback.run;
      checkSize(move, state.setup.limits);
      if (!isCallbackOpen(state, callback.operationId)) {
        const { status } = driver.callbackView(callback);
        throw new ApiException(
          "CallbackTimeoutException",
          `The callback is closed: it is ${status}, its execution ${state.status}.`,
        );
      }
      driver.move(callback, move, "test");
      engine.goOn();
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
  ): { readonly engine: RunnerEngine; readonly run: ExecutionRun } {
    for (const engine of this.#live()) {
      const run = engine.driver.executions.get(arn);
      if (run !== undefined) return { engine, run };
    }
    throw new ApiException(refusal, `There is no durable execution ${JSON.stringify(arn)}.`);
  }
}

/** What a test may not send, a client may not either. */
function checkSize(move: CallbackMove, limits: ExecutionRun["state"]["setup"]["limits"]): void {
  try {
    if (move.kind === "success") {
      encodePayload(Buffer.from(move.payload ?? ""), "The result", limits);
    } else if (move.kind === "failure") {
      encodeError(move.error, "The error", limits);
    }
  } catch (cause) {
    if (InvalidPayloadError.is(cause)) invalidParameter(cause.message);
    throw cause;
  }
}

/** Source: the form of a durable execution's ARN. */
function describe(run: ExecutionRun): ExecutionDescription {
  const { state } = run;
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
