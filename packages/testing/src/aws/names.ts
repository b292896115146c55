import type {
  ExecutionStatus as AwsExecutionStatus,
  InvocationType as AwsInvocationType,
} from "@aws-sdk/client-lambda";
import type {
  OperationStatus as AwsOperationStatus,
  OperationType as AwsOperationType,
} from "@aws/durable-execution-sdk-js";

/** Where an operation stands. The value of `@aws/durable-execution-sdk-js`, which need not be loaded for it. */
export const OperationStatus: typeof AwsOperationStatus = {
  CANCELLED: "CANCELLED",
  FAILED: "FAILED",
  PENDING: "PENDING",
  READY: "READY",
  STARTED: "STARTED",
  STOPPED: "STOPPED",
  SUCCEEDED: "SUCCEEDED",
  TIMED_OUT: "TIMED_OUT",
};
/** Where an operation stands. */
export type OperationStatus = AwsOperationStatus;

/** Kinds of operation. The value of `@aws/durable-execution-sdk-js`, which need not be loaded for it. */
export const OperationType: typeof AwsOperationType = {
  CALLBACK: "CALLBACK",
  CHAINED_INVOKE: "CHAINED_INVOKE",
  CONTEXT: "CONTEXT",
  EXECUTION: "EXECUTION",
  STEP: "STEP",
  WAIT: "WAIT",
};
/** Kinds of operation. */
export type OperationType = AwsOperationType;

/** Where an execution stands. The value of `@aws-sdk/client-lambda`, which need not be loaded for it. */
export const ExecutionStatus: typeof AwsExecutionStatus = {
  FAILED: "FAILED",
  RUNNING: "RUNNING",
  STOPPED: "STOPPED",
  SUCCEEDED: "SUCCEEDED",
  TIMED_OUT: "TIMED_OUT",
};
/** Where an execution stands. */
export type ExecutionStatus = AwsExecutionStatus;

/** How Lambda is invoked. The value of `@aws-sdk/client-lambda`, which need not be loaded for it. */
export const InvocationType: typeof AwsInvocationType = {
  DryRun: "DryRun",
  Event: "Event",
  RequestResponse: "RequestResponse",
};
/** How Lambda is invoked. */
export type InvocationType = AwsInvocationType;

/** How far an operation must have come, for {@link DurableOperation.waitForData}. */
export const WaitingOperationStatus = {
  /** It has started. Of a `waitForCallback`: its callback has, so that it can be answered. */
  STARTED: "STARTED",
  /** Of a `waitForCallback`: its submitter has ended. Of all others: as COMPLETED. */
  SUBMITTED: "SUBMITTED",
  /** It has ended, however. Of a `waitForCallback`: its callback has. */
  COMPLETED: "COMPLETED",
} as const;
/** How far an operation must have come, for {@link DurableOperation.waitForData}. */
export type WaitingOperationStatus =
  (typeof WaitingOperationStatus)[keyof typeof WaitingOperationStatus];
/** Each of them as a type: there, this is an enum, whose members are types. */
// oxlint-disable-next-line typescript/no-namespace -- nothing else has types as members
export declare namespace WaitingOperationStatus {
  /** Of that value. */
  type STARTED = "STARTED";
  /** Of that value. */
  type SUBMITTED = "SUBMITTED";
  /** Of that value. */
  type COMPLETED = "COMPLETED";
}
