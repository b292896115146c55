import type {
  BodyAttempt,
  CheckpointRequest,
  CheckpointResponse,
  ExecutionStateRequest,
  ExecutionStateResponse,
  LoggedLine,
  RunningInvocation,
  ServiceClient,
} from "@durabletest/runtime";
import { asError, type OperationUpdate } from "@durabletest/runtime/protocol";
import { whenAllHasArrived } from "../in-flight/arrivals.ts";
import type { RunnerSettings } from "../options.ts";
import { withholdToken } from "../service/service.ts";
import { errorRecorded } from "../surroundings/seen-errors.ts";
import { playAttempt } from "./attempt.ts";
import type { Choices } from "./choices.ts";
import type { Execution } from "./execution.ts";
import type { InvocationLog } from "./logs.ts";
import type { Running } from "./running.ts";
import type { Sandbox } from "./sandbox.ts";

interface Invoked {
  readonly execution: Execution;
  readonly sandbox: Sandbox;
  readonly log: InvocationLog;
  readonly choices: Choices;
  readonly running: Running;
  readonly replay: RunnerSettings["replay"];
}

/** The service as one invocation reaches it; a dead sandbox gets no answer any more. */
export class InvocationClient implements ServiceClient {
  readonly limits: ServiceClient["limits"];
  readonly promises: ServiceClient["promises"];
  readonly #invoked: Invoked;
  readonly #unrecorded = new UnrecordedBodies();

  constructor(invoked: Invoked) {
    const { execution } = invoked;
    this.#invoked = invoked;
    this.limits = execution.state.setup.limits;
    this.promises = execution.watchPromises();
  }

  checkpoint(request: CheckpointRequest): Promise<CheckpointResponse> {
    const { execution, sandbox, choices, replay } = this.#invoked;
    if (sandbox.dead) return new Promise(() => {});
    const { Updates: updates = [] } = request;
    for (const { Error: error } of updates) {
      if (error !== undefined) errorRecorded(execution.environment(), error);
    }
    const fate = choices.checkpoint({ execution, updates });
    if (fate === "crash before") return sandbox.crash("before a checkpoint was taken");
    try {
      const response = execution.checkpoint(request);
      if (fate === "crash after")
        return sandbox.crash("before it heard that a checkpoint was taken");
      if (fate === "answer lost") return Promise.reject(answerLost());
      this.#unrecorded.taken(updates);
      if (replay === "checkpoint" && hasEnded(updates) && this.#unrecorded.areNone) {
        withholdToken(execution.state);
        sandbox.cutOff({ kind: "replayed" });
        return new Promise(() => {});
      }
      return Promise.resolve(response);
    } catch (refusal) {
      return Promise.reject(asError(refusal));
    }
  }

  async getExecutionState(request: ExecutionStateRequest): Promise<ExecutionStateResponse> {
    const { execution, sandbox } = this.#invoked;
    if (sandbox.dead) return new Promise(() => {});
    return execution.statePage(request);
  }

  invocationBegins(invocation: RunningInvocation): void {
    const { execution, sandbox } = this.#invoked;
    execution.reached();
    execution.isMadeWith("our runtime");
    sandbox.invocation = invocation;
  }

  whenAllHasArrived(arrived: () => void): void {
    whenAllHasArrived("handler", this.#invoked.running.needsTurns, arrived);
  }

  bodyRuns(operationId: string, moment: "begins" | "settles"): void {
    const { execution, sandbox } = this.#invoked;
    if (sandbox.dead) return;
    execution.bodyRuns(operationId, moment);
    if (moment === "begins") this.#unrecorded.begun(operationId);
  }

  runBody(about: BodyAttempt, run: () => Promise<unknown>): Promise<unknown> | undefined {
    const { execution, sandbox, choices } = this.#invoked;
    return playAttempt({ execution, sandbox, choices, about, run });
  }

  logged(line: LoggedLine): boolean {
    return this.#invoked.log.heard(line);
  }
}

/** Functions of steps that were called, and what came of them is not recorded yet. */
class UnrecordedBodies {
  readonly #ids = new Set<string>();

  get areNone(): boolean {
    return this.#ids.size === 0;
  }

  begun(operationId: string): void {
    this.#ids.add(operationId);
  }

  taken(updates: readonly OperationUpdate[]): void {
    for (const { Id, Type, Action } of updates) {
      if (Type !== "STEP") continue;
      if (Action === "START") this.#ids.add(Id);
      else this.#ids.delete(Id);
    }
  }
}

/** Whether something has come to its end, other than the execution. */
function hasEnded(updates: readonly OperationUpdate[]): boolean {
  return (
    updates.every(({ Type }) => Type !== "EXECUTION") &&
    updates.some(({ Action }) => Action === "SUCCEED" || Action === "FAIL")
  );
}

/** As a client says it that has given up. */
function answerLost(): Error {
  const error = new Error("The connection was lost before the answer had come.");
  error.name = "TimeoutError";
  return error;
}
