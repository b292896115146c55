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
export type { ChildContextConfig, StepConfig } from "./config.ts";
export type { Jitter, RetryDelay } from "./backoff.ts";
export {
  createLinearRetryStrategy,
  createRetryStrategy,
  type ErrorClass,
  type LinearRetryStrategyConfig,
  type RetryDecision,
  retryPresets,
  type RetryStrategy,
  type RetryStrategyConfig,
} from "./retry.ts";

export { withRetry, type WithRetryConfig } from "./with-retry.ts";

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
} from "./batch.ts";
export type { ParallelBranch, ParallelFunction } from "./context.ts";
export type { DurablePromises } from "./promises.ts";

// Other functions, and conditions to wait for
export type { InvokeConfig, WaitForConditionConfig } from "./config.ts";
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
} from "./callback.ts";

// Values
export { Duration } from "./duration.ts";
export { type ClassSerdesConfig, createClassSerdes } from "./class-serdes.ts";
export type { Serdes } from "./serdes.ts";
export type { Serialized } from "./serialized.ts";
export type { LoggedLine, Logger, LogMetadata } from "./logger.ts";
export type { LambdaContext } from "./lambda-context.ts";
export type { StandardSchemaResult, StandardSchemaV1 } from "./standard-schema.ts";

// The service
export type {
  CheckpointRequest,
  CheckpointResponse,
  ExecutionStateRequest,
  ExecutionStateResponse,
  BodyAttempt,
  PromiseWatch,
  RunningInvocation,
  ServiceClient,
  SurroundingContext,
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
  WrongContextError,
} from "./errors.ts";
