import type { Event, ExecutionStatus } from "@aws-sdk/client-lambda";
import type { ErrorObject } from "@aws/durable-execution-sdk-js";
import { parsePayload, testResultError } from "./operation-details.ts";
import type { DurableOperation, Invocation, TestResult, TestResultError } from "./types.ts";

/** What a result is made of. */
export interface EndedExecution {
  readonly status: ExecutionStatus;
  /** JSON text. */
  readonly result: string | undefined;
  readonly error: ErrorObject | undefined;
  readonly operations: () => DurableOperation[];
  readonly invocations: readonly Invocation[];
  readonly events: readonly Event[];
}

/** What became of an execution, as tests see it. */
export function makeTestResult<TResult>(execution: EndedExecution): TestResult<TResult> {
  const { status, operations } = execution;
  return {
    getOperations: (params) =>
      params === undefined
        ? operations()
        : operations().filter((operation) => operation.getStatus() === params.status),
    getInvocations: () => [...execution.invocations],
    getStatus: () => status,
    getResult: () => {
      if (status === "SUCCEEDED") return parsePayload<TResult>(execution.result);
      throw asThrown(errorOf(execution));
    },
    getError: () => {
      if (status !== "SUCCEEDED") return errorOf(execution);
      throw new Error("Cannot get error for succeeded execution. Ask getStatus() first.");
    },
    getHistoryEvents: () => [...execution.events],
    print: (config) => print(operations(), config),
  };
}

/** How an execution ended, and why, in a sentence. */
export function outcomeOf(
  end: { readonly status: string; readonly error: ErrorTexts | undefined } | undefined,
): string {
  if (end === undefined) return "The execution has not ended.";
  const { ErrorType, ErrorMessage } = end.error ?? {};
  const reason = [ErrorType, ErrorMessage].filter((part) => part !== undefined).join(": ");
  return `The execution has ended: ${end.status}${reason === "" ? "" : `, ${reason}`}.`;
}

interface ErrorTexts {
  readonly ErrorType?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** The invocations that a history tells of. */
export function invocationsOf(events: readonly Event[]): Invocation[] {
  return events.flatMap(({ InvocationCompletedDetails: details }) => {
    if (details === undefined) return [];
    const error = details.Error?.Payload;
    return [
      {
        startTimestamp: details.StartTimestamp,
        endTimestamp: details.EndTimestamp,
        requestId: details.RequestId,
        error: error && testResultError(error),
      },
    ];
  });
}

function errorOf({ status, error }: EndedExecution): TestResultError {
  return testResultError(error ?? { ErrorMessage: `Execution failed with status "${status}"` });
}

function asThrown({ errorMessage, stackTrace }: TestResultError): Error {
  const error = new Error(errorMessage?.trim());
  if (stackTrace !== undefined) error.stack = stackTrace.join("\n");
  return error;
}

type Column = keyof NonNullable<Parameters<TestResult["print"]>[0]>;

const CELLS: { readonly [Name in Column]: (operation: DurableOperation) => string | undefined } = {
  parentId: (operation) => operation.getParentId(),
  name: (operation) => operation.getName(),
  type: (operation) => operation.getType(),
  subType: (operation) => operation.getSubType(),
  status: (operation) => operation.getStatus(),
  startTime: (operation) => operation.getStartTimestamp()?.toISOString(),
  endTime: (operation) => operation.getEndTimestamp()?.toISOString(),
  duration: (operation) => {
    const start = operation.getStartTimestamp();
    const end = operation.getEndTimestamp();
    return start && end && `${end.getTime() - start.getTime()}ms`;
  },
};

function print(
  operations: readonly DurableOperation[],
  config: Parameters<TestResult["print"]>[0] = {},
): void {
  if (operations.length === 0) {
    // oxlint-disable-next-line no-console -- to print is what was asked for
    console.log("No operations found.");
    return;
  }
  // As there: a column that is there with `undefined` is left out, too.
  const columns = Object.entries(CELLS).filter(
    ([name]) => !(name in config) || config[name as Column] === true,
  );
  // oxlint-disable-next-line no-console -- to print is what was asked for
  console.table(
    operations.map((operation) =>
      Object.fromEntries(columns.map(([name, cell]) => [name, cell(operation) ?? "-"])),
    ),
  );
}
