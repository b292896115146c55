import type {
  CheckpointRequest,
  CheckpointResponse,
  ErrorObject,
  ExecutionStateRequest,
  ExecutionStateResponse,
} from "@durabletest/runtime";
import type { HistoryEvent } from "@durabletest/runtime/protocol";
import type { ExecutionStatus } from "../service/state.ts";
import type { CallbackMove } from "../engine/world.ts";

/** An execution, as its owner describes it. */
export interface ExecutionDescription {
  readonly arn: string;
  readonly name: string;
  readonly functionArn: string;
  readonly version: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  /** JSON text. */
  readonly input: string | undefined;
  /** JSON text; of an execution that has succeeded. */
  readonly result: string | undefined;
  /** Of an execution that ended in another way. */
  readonly error: ErrorObject | undefined;
  /** Seconds. */
  readonly timeoutSeconds: number | undefined;
}

/**
 * The service behind the HTTP interface: what `api.ts` needs of it, whoever provides it.
 *
 * Every method throws an ApiException, or a ServiceException of the service core, for what it refuses.
 */
export interface DurableService {
  /**
   * A request about an execution has arrived, and has not been read yet; it may be about none there is.
   *
   * @param userAgent - what the client says of itself, in which SDKs name themselves.
   */
  requested(arn: string, userAgent: string): void;
  checkpoint(request: CheckpointRequest): CheckpointResponse;
  executionState(request: ExecutionStateRequest): ExecutionStateResponse;
  execution(arn: string): ExecutionDescription;
  history(arn: string): readonly HistoryEvent[];
  /**
   * In the order in which they started.
   *
   * @param functionName - a name, or an ARN in part or whole.
   */
  executionsOf(functionName: string): readonly ExecutionDescription[];
  /** Gives the time at which it was stopped. */
  stop(arn: string, error: ErrorObject | undefined): Date;
  moveCallback(callbackId: string, move: CallbackMove): void;
}
