/**
 * The durable execution wire protocol as types: what this package and a service say to each other.
 * Tools that play the service's part import it; handlers never need it.
 *
 * @packageDocumentation
 */
import { requireNode } from "./node-version.ts";

requireNode(process.versions.node);

export type { ErrorObject } from "./protocol/error-object.ts";
export type {
  EventError,
  EventPayload,
  EventType,
  HistoryEvent,
  HistoryEventDetails,
  RetryDetails,
} from "./protocol/event.ts";
export type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
} from "./protocol/invocation.ts";
export { ServiceLimits } from "./protocol/limits.ts";
export {
  isEnded,
  OperationStatus,
  OperationSubType,
  OperationType,
  type Operation,
  type Timestamp,
} from "./protocol/operation.ts";
export type { OperationAction, OperationUpdate } from "./protocol/update.ts";
export type {
  CheckpointRequest,
  CheckpointResponse,
  ExecutionStateRequest,
  ExecutionStateResponse,
  RunningInvocation,
  ServiceClient,
} from "./client/service-client.ts";
export { callbackWaitTimeoutId } from "./replay/operation-id.ts";
export { durationToMilliseconds } from "./duration.ts";
export { describeValue } from "./describe-value.ts";
export { asError } from "./errors.ts";
export { framesOf } from "./replay/user-frames.ts";
export { errorFromObject, errorToObject } from "./replay/checkpoint-error.ts";
