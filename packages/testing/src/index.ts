/**
 * Test durable functions: a deterministic in-memory durable service with a virtual clock, and a runner.
 *
 * Importing it installs one process-wide hook, through which handler code under test (and only that)
 * sees virtual time.
 *
 * @packageDocumentation
 */

import { installHook } from "./in-flight/install.ts";
import { explainUnregisteredMatchers } from "./matchers/unregistered.ts";

installHook();
explainUnregisteredMatchers();

// The runner
export { DurableTestRunner, type TypedDurableTestRunner } from "./runner.ts";
export type {
  DurableFunctionTarget,
  HandlerVersion,
  RunArguments,
  RunnerOptions,
  RunOptions,
} from "./options.ts";
export type { ServiceLimits } from "@durabletest/runtime/protocol";
export type { HarnessDuration } from "./duration.ts";
export type { AnyDurableLambdaHandler } from "./handlers.ts";
export type { DurableHandler } from "@durabletest/runtime";
export type { CallbackHandle } from "./callback-handle.ts";
export type { StepHandle } from "./step-handle.ts";
export type {
  CallbackNameOf,
  CallbacksOf,
  DurableTypes,
  InputOf,
  OutputOf,
  StepNameOf,
  StepsOf,
  TypedCallbackHandle,
  TypedRunnerOptions,
  TypedRunOptions,
  TypedScripted,
  TypedStepHandle,
} from "./typed.ts";

export { ScheduleError } from "./schedule.ts";

// What handler code does to the world
export { type Effect, EffectOutsideExecutionError, recordEffect } from "./effect.ts";

// What the outside world does, and steps
export type { Scripted } from "./scripted.ts";
export type { StepAttempt, StepScript } from "./step-script.ts";
export {
  type CallbackScript,
  type CrashMoment,
  type DelayableResponse,
  type Heartbeats,
  type HeartbeatsResponse,
  respond,
  type Response,
} from "./script.ts";

// Real work in handlers
export type { FakeClock } from "./fake-clock.ts";
export { ignoreWork, realWork } from "./in-flight/real-work.ts";

// Results
export {
  type DurableResult,
  type Invocation,
  InvocationStatus,
  isDurableResult,
  type Notice,
  type WorldEvent,
} from "./result.ts";
export type { LogLevel, LogRecord } from "./log-record.ts";
export type {
  CallbackOperation,
  ChainedInvokeOperation,
  ContextOperation,
  Operation,
  StepOperation,
  WaitOperation,
} from "./operation.ts";
export {
  type ErrorObject,
  type HistoryEvent,
  OperationStatus,
  OperationType,
} from "@durabletest/runtime/protocol";

// Reading what happened
export { durableSnapshotSerializer, type SnapshotSerializer } from "./print/snapshot.ts";
export { formatTimeline, type TimelineOptions } from "./print/timeline.ts";
export { writeReport } from "./report/index.ts";
export { timelineSVG, type TimelineSVGOptions } from "./picture/timeline-svg.ts";

// Errors
export {
  CallbackClosedError,
  CallbackNotFoundError,
  CallNotAwaitedError,
  ExecutionStalledError,
  FunctionNotRegisteredError,
  HandlerRejectedError,
  HandlerStuckError,
  InvalidHandlerError,
  InvalidPayloadError,
  LimitExceededError,
  OperationNotFoundError,
  ReportNotWrittenError,
  RunnerBusyError,
  RunnerDisposedError,
  RunnerNotStartedError,
  RunnerUsedError,
  TargetNotReachedError,
  StepScriptUnsupportedError,
  UnusedScriptsError,
} from "./errors.ts";
export {
  InvalidArgumentError,
  InvalidDurationError,
  UnknownCallbackError,
} from "@durabletest/runtime";
