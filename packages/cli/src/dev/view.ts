import type { DurableResult, DurableTestRunner, Operation } from "@durabletest/testing";
import { dueOf } from "./due.ts";
import { actionText, type RecordedAction } from "./recording.ts";
import type { DivergenceView, ErrorView, ExecutionView, OperationView } from "./views.ts";

/** What a view is made of besides the runner. */
export interface ViewSource {
  readonly id: string;
  readonly functionName: string;
  readonly forkOf: string | undefined;
  readonly time: "auto" | "manual";
  readonly input: unknown;
  readonly busy: string | undefined;
  readonly actions: readonly RecordedAction[];
  readonly diverged: DivergenceView | undefined;
  readonly note: string | undefined;
  readonly version: number;
}

/** Makes the picture of a result. */
export type Picture = (result: DurableResult<unknown>) => string;

export function executionView(
  runner: DurableTestRunner,
  source: ViewSource,
  picture: Picture | undefined,
): ExecutionView {
  const { result } = runner;
  const { actions, ...rest } = source;
  const now = result.endedAt ?? runner.now;
  const due = dueOf(runner).map(({ at, what }) => ({
    at: at.toISOString(),
    inMs: at.getTime() - now.getTime(),
    what,
  }));
  return {
    ...rest,
    status: result.status,
    isInvoked: result.invocations.some(({ status }) => status === "RUNNING"),
    startedAt: result.startedAt.toISOString(),
    now: now.toISOString(),
    elapsedMs: result.elapsedMs,
    result: result.result,
    error: errorView(result.error),
    invocations: result.invocations.map(({ startedAt, status, error }) => ({
      at: startedAt.toISOString(),
      status,
      error: errorView(error),
    })),
    operations: operationViews(result.operations),
    callbacks: result.pendingCallbacks.map(({ callbackId, name, timeoutAt, heartbeatAt }) => ({
      callbackId,
      name,
      timeoutAt: timeoutAt?.toISOString(),
      heartbeatAt: heartbeatAt?.toISOString(),
    })),
    due,
    logs: result.logs.map(({ at, level, message, data, operation, replaying }) => ({
      at: at.toISOString(),
      level,
      text: [message, ...data.map(asText)].join(" "),
      operation,
      replaying: replaying === true,
    })),
    actions: actions.map(({ action, by, refusal }) => ({
      text: actionText(action),
      by,
      refusal: refusal?.message,
    })),
    notices: result.notices.map(({ message }) => message),
    picture: picture?.(result),
  };
}

function operationViews(operations: readonly Operation[]): readonly OperationView[] {
  const depths = new Map<string, number>();
  return operations.map((operation) => {
    const { id, parentId, type, subType, name, status, startedAt, endedAt } = operation;
    const depth = parentId === undefined ? 0 : (depths.get(parentId) ?? 0) + 1;
    depths.set(id, depth);
    return {
      id,
      depth,
      kind: subType ?? type,
      name,
      status,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt?.toISOString(),
      details: detailsOf(operation),
      result: operation.type === "WAIT" ? undefined : operation.result,
      error: operation.type === "WAIT" ? undefined : errorView(operation.error),
    };
  });
}

function detailsOf(operation: Operation): readonly (readonly [string, string])[] {
  const details: (readonly [string, string | undefined])[] = [];
  switch (operation.type) {
    case "CALLBACK":
      details.push(
        ["callback id", operation.callbackId],
        ["times out", operation.timeoutAt?.toISOString()],
        ["heartbeat by", operation.heartbeatAt?.toISOString()],
      );
      break;
    case "STEP":
      details.push(
        ["attempt", String(operation.attempt)],
        ["runs of its function", operation.runs?.toString()],
        ["tried again", operation.nextAttemptAt?.toISOString()],
      );
      break;
    case "WAIT":
      details.push(
        ["seconds", String(operation.seconds)],
        ["ends", operation.scheduledEndAt?.toISOString()],
      );
      break;
    case "CHAINED_INVOKE":
      details.push(["function", operation.functionName], ["input", asText(operation.input)]);
      break;
    case "CONTEXT":
  }
  return details.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function errorView(
  error:
    | {
        readonly ErrorType?: string | undefined;
        readonly ErrorMessage?: string | undefined;
        readonly StackTrace?: readonly string[] | undefined;
      }
    | undefined,
): ErrorView | undefined {
  if (error === undefined) return undefined;
  const { ErrorType = "Error", ErrorMessage = "", StackTrace = [] } = error;
  const stack = StackTrace.filter((line) => !/\bnode:|[\\/]node_modules[\\/]/.test(line));
  return { type: ErrorType, message: ErrorMessage, stack };
}

/** A value as one line. */
function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
