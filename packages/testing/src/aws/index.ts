/**
 * The API of `@aws/durable-execution-sdk-js-testing` over this project's engine: change the import, keep
 * the tests.
 *
 * Importing it installs one process-wide hook, through which handler code under test (and only that)
 * sees virtual time. It loads no AWS package; the cloud runner loads `@aws-sdk/client-lambda` when it
 * runs.
 *
 * @packageDocumentation
 */

import { installHook } from "../in-flight/install.ts";

installHook();

// Runners
export {
  LocalDurableTestRunner,
  type LocalDurableTestRunnerParameters,
  type LocalDurableTestRunnerSetupParameters,
} from "./local-runner.ts";
export {
  CloudDurableTestRunner,
  type CloudDurableTestRunnerConfig,
  type CloudDurableTestRunnerParameters,
} from "./cloud-runner.ts";

// What they run and what comes of it
export type {
  CallbackDetails,
  ChainedInvokeDetails,
  ContextDetails,
  DurableOperation,
  DurableTestRunner,
  Invocation,
  InvokeRequest,
  StepDetails,
  TestResult,
  TestResultError,
  WaitResultDetails,
} from "./types.ts";
export type { Operation, WireOperation } from "@aws/durable-execution-sdk-js";
export {
  ExecutionStatus,
  InvocationType,
  OperationStatus,
  OperationType,
  WaitingOperationStatus,
} from "./names.ts";
