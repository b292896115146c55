/**
 * Write durable functions: async handlers that run for days, suspend while they wait, and are replayed
 * from their checkpoints.
 *
 * @packageDocumentation
 */

// Handlers
export {
  type DurableExecutionConfig,
  type DurableHandler,
  isDurableHandler,
  withDurableExecution,
} from "./handler.ts";
export type { DurableContext, StepContext } from "./context.ts";

// Steps and child contexts
export type { ChildContextConfig, StepConfig } from "./context.ts";
export {
  createRetryStrategy,
  type Jitter,
  type RetryDecision,
  type RetryDelay,
  type RetryStrategy,
  type RetryStrategyConfig,
} from "./retry.ts";

// Batches
export type {
  BatchConfig,
  BatchData,
  BatchItem,
  BatchResult,
  CompletionConfig,
  CompletionDecision,
  CompletionReason,
  CompletionStatus,
  MapConfig,
  ParallelBranch,
  ParallelFunction,
} from "./batch.ts";
export type { DurablePromises } from "./context.ts";

// Other functions, and conditions to wait for
export type { InvokeConfig, WaitForConditionConfig } from "./context.ts";
export {
  createWaitStrategy,
  type WaitDecision,
  type WaitStrategy,
  type WaitStrategyConfig,
} from "./wait-strategy.ts";

// Callbacks
export {
  type Callback,
  type CallbackConfig,
  callbackId,
  type CallbackId,
  type CallbackOutcome,
  type CallbackWaitConfig,
  type WaitForCallbackConfig,
} from "./context.ts";

// Values
export { Duration } from "./duration.ts";
export type { Serdes } from "./serdes.ts";
export type { Logger } from "./logger.ts";
export type { StandardSchemaResult, StandardSchemaV1 } from "./standard-schema.ts";

// The service
export type {
  CheckpointRequest,
  CheckpointResponse,
  ExecutionStateRequest,
  ExecutionStateResponse,
  RunningInvocation,
  ServiceClient,
} from "./client/service-client.ts";
export type { DurableExecutionInvocationOutput } from "./protocol/invocation.ts";
export type { ErrorObject } from "./protocol/error-object.ts";

// Errors
export {
  BatchCompletionError,
  CallbackExternalError,
  type CallbackIdentity,
  CallbackSubmitterError,
  CallbackTimeoutError,
  type CallbackTimeoutReason,
  CallbackValidationError,
  ChildContextError,
  ConditionNotMetError,
  DurableError,
  InvalidArgumentError,
  InvalidDurationError,
  InvokeError,
  NonDeterministicExecutionError,
  NotDurableInvocationError,
  PayloadTooLargeError,
  PromiseCombinatorError,
  SerdesError,
  ServiceCallError,
  StepCannotWaitError,
  StepError,
  StepInterruptedError,
  UnknownCallbackError,
  type ValidationIssue,
  WaitForConditionError,
} from "./errors.ts";
