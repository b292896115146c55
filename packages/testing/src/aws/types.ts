import type {
  Event,
  SendDurableExecutionCallbackFailureResponse,
  SendDurableExecutionCallbackHeartbeatResponse,
  SendDurableExecutionCallbackSuccessResponse,
} from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation, OperationSubType } from "@aws/durable-execution-sdk-js";
import type {
  ExecutionStatus,
  OperationStatus,
  OperationType,
  WaitingOperationStatus,
} from "./names.ts";

// The types of @aws/durable-execution-sdk-js-testing, member by member: a test that compiles against
// that module compiles against this one.

/**
 * A result whose type nobody named. It is `any` there, so that `getResult().orderId` compiles; a suite
 * that changes its import must go on compiling.
 */
// oxlint-disable-next-line typescript/no-explicit-any
export type Untyped = any;

/** What a run is given. */
export interface InvokeRequest {
  /** The input of the execution: any JSON data. Default: none; handlers of AWS's SDK then see `{}`. */
  payload?: unknown;
}

/** An error, as the service keeps it. */
export interface TestResultError {
  errorMessage: string | undefined;
  errorType: string | undefined;
  errorData: string | undefined;
  /** Its lines. */
  stackTrace: string[] | undefined;
}

/** One invocation of the handler. */
export interface Invocation {
  startTimestamp: Date | undefined;
  endTimestamp: Date | undefined;
  requestId: string | undefined;
  /** What it failed with. */
  error: TestResultError | undefined;
}

/** What became of an execution. */
export interface TestResult<TResult = Untyped> {
  /** All operations in the order in which they started, or those that have a status now. */
  getOperations(params?: { status: OperationStatus }): DurableOperation[];
  /** The invocations that have ended, in order. */
  getInvocations(): Invocation[];
  getStatus(): ExecutionStatus | undefined;
  /**
   * What the handler returned.
   *
   * @throws Error with the message and stack of the execution's error, when it did not succeed.
   */
  getResult(): TResult | undefined;
  /**
   * What the execution failed with.
   *
   * @throws Error when it succeeded.
   */
  getError(): TestResultError;
  /** The service's own events, in order. */
  getHistoryEvents(): Event[];
  /** Prints the operations as a table to the console; `false` leaves a column out. */
  print(config?: {
    parentId?: boolean;
    name?: boolean;
    type?: boolean;
    subType?: boolean;
    status?: boolean;
    startTime?: boolean;
    endTime?: boolean;
    duration?: boolean;
  }): void;
}

/** How a CONTEXT ended. */
export interface ContextDetails<TResult = unknown> {
  readonly result: TResult | undefined;
  readonly error: TestResultError | undefined;
}

/** How a STEP stands. */
export interface StepDetails<TResult = unknown> {
  /** Attempts that have ended. Absent during the first. */
  readonly attempt: number | undefined;
  /** When the next attempt is due; only between two attempts. */
  readonly nextAttemptTimestamp: Date | undefined;
  readonly result: TResult | undefined;
  /** What the last attempt threw. */
  readonly error: TestResultError | undefined;
}

/** How a CALLBACK stands. */
export interface CallbackDetails<TResult = unknown> {
  readonly callbackId: string;
  readonly error?: TestResultError;
  /** The payload as it was sent: parsed where it is JSON. */
  readonly result?: TResult;
}

/** How a CHAINED_INVOKE ended. */
export interface ChainedInvokeDetails<TResult = unknown> {
  readonly error?: TestResultError;
  readonly result?: TResult;
}

/** What a WAIT waits for. */
export interface WaitResultDetails {
  readonly waitSeconds?: number;
  readonly scheduledEndTimestamp?: Date;
}

/**
 * A handle on an operation, which need not exist yet: it can be asked for before the run, and fills with
 * data as the execution goes on. Without data its getters return `undefined`.
 *
 * @example
 * ```ts
 * const approval = runner.getOperation("approval");
 * const execution = runner.run({ payload: { orderId: "order-123" } });
 * await approval.waitForData(WaitingOperationStatus.SUBMITTED);
 * await approval.sendCallbackSuccess(JSON.stringify({ approved: true }));
 * (await execution).getResult();
 * ```
 */
export interface DurableOperation<TResult = Untyped> {
  /**
   * Waits until the operation has come as far as asked for, STARTED unless told otherwise.
   *
   * @throws Error when the execution ends without that.
   */
  waitForData(status?: WaitingOperationStatus): Promise<DurableOperation<TResult>>;
  /** @throws Error when the operation is no CONTEXT. */
  getContextDetails(): ContextDetails<TResult> | undefined;
  /** @throws Error when the operation is no STEP. */
  getStepDetails(): StepDetails<TResult> | undefined;
  /** @throws Error when the operation is no CHAINED_INVOKE. */
  getChainedInvokeDetails(): ChainedInvokeDetails<TResult> | undefined;
  /**
   * Of a `waitForCallback`, those of the callback inside it.
   *
   * @throws Error when the operation is neither a CALLBACK nor a `waitForCallback`.
   */
  getCallbackDetails(): CallbackDetails<TResult> | undefined;
  /** @throws Error when the operation is no WAIT. */
  getWaitDetails(): WaitResultDetails | undefined;
  /** The operations directly inside it, in the order in which they started. */
  getChildOperations(): DurableOperation[] | undefined;
  /** The operation as the service keeps it. */
  getOperationData(): Operation | undefined;
  /** The events about it, in order. */
  getEvents(): Event[] | undefined;
  getId(): string | undefined;
  /** The id of the CONTEXT around it. */
  getParentId(): string | undefined;
  getName(): string | undefined;
  getType(): OperationType | undefined;
  getSubType(): OperationSubType | undefined;
  isWaitForCallback(): boolean;
  isCallback(): boolean;
  getStatus(): OperationStatus | undefined;
  getStartTimestamp(): Date | undefined;
  getEndTimestamp(): Date | undefined;
  /**
   * Completes the callback, as the outside world would. Resolves when the service has accepted it; what
   * follows from it is seen through the run, or {@link DurableOperation.waitForData}.
   *
   * @param result - the bytes that are sent, as a text: JSON, unless the handler reads something else.
   * @throws Error, at once, when the operation has no data or is no callback.
   */
  sendCallbackSuccess(result?: string): Promise<SendDurableExecutionCallbackSuccessResponse>;
  /**
   * Fails the callback, as the outside world would.
   *
   * @throws Error, at once, when the operation has no data or is no callback.
   */
  sendCallbackFailure(error?: ErrorObject): Promise<SendDurableExecutionCallbackFailureResponse>;
  /**
   * Sends a sign of life: the callback's heartbeat timeout starts afresh.
   *
   * @throws Error, at once, when the operation has no data or is no callback.
   */
  sendCallbackHeartbeat(): Promise<SendDurableExecutionCallbackHeartbeatResponse>;
}

/** What the local and the cloud runner have in common. */
export interface DurableTestRunner<TDurableOperation extends DurableOperation, ResultType> {
  /** Runs the handler to the end of its execution. */
  run(params?: InvokeRequest): Promise<TestResult<ResultType>>;
  /** A handle on the first operation with a name. */
  getOperation(name: string): TDurableOperation;
  /** A handle on an operation by its place in the order of starts, from 0. */
  getOperationByIndex(index: number): TDurableOperation;
  /** A handle on an operation by its place among those with its name, from 0. */
  getOperationByNameAndIndex(name: string, index: number): TDurableOperation;
  /** A handle on an operation by its id. */
  getOperationById(id: string): TDurableOperation;
}
