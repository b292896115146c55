/**
 * What the page is told: plain data, times in ISO 8601. It imports nothing, for the page reads it, too.
 */

/** A session as the page shows it: plain data, times in ISO 8601. */
export interface SessionView {
  readonly functions: readonly FunctionView[];
  /** The endpoint for clients of Lambda's API; undefined where there is none. */
  readonly endpoint: string | undefined;
  /** Counts the versions of the code that were loaded. */
  readonly version: number;
}

interface FunctionView {
  readonly name: string;
  readonly module: string;
  readonly exportName: string | undefined;
  /** Whether it can be started. */
  readonly isLoaded: boolean;
  /** Why its newest version could not be loaded. */
  readonly problem: string | undefined;
}

export interface ExecutionView {
  readonly id: string;
  readonly functionName: string;
  /** The execution that this is a fork of. */
  readonly forkOf: string | undefined;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED" | "PENDING";
  readonly time: "auto" | "manual";
  /** What is going on: the action that has not come to rest. */
  readonly busy: string | undefined;
  /** Whether an invocation stands still, or is going on. */
  readonly isInvoked: boolean;
  readonly startedAt: string;
  readonly now: string;
  readonly elapsedMs: number;
  readonly input: unknown;
  readonly result: unknown;
  readonly error: ErrorView | undefined;
  readonly invocations: readonly InvocationView[];
  readonly operations: readonly OperationView[];
  readonly callbacks: readonly CallbackView[];
  readonly due: readonly { readonly at: string; readonly inMs: number; readonly what: string }[];
  readonly logs: readonly LogView[];
  readonly actions: readonly ActionView[];
  readonly notices: readonly string[];
  /** The picture, as SVG text; undefined: as it was. */
  readonly picture: string | undefined;
  /** Why the newest code cannot go on with it, if it cannot. */
  readonly diverged: DivergenceView | undefined;
  /** What else there is to know: what has been refused, what was restored. */
  readonly note: string | undefined;
  /** The version of the code that it runs on. */
  readonly version: number;
}

export interface ErrorView {
  readonly type: string;
  readonly message: string;
  readonly stack: readonly string[];
}

interface InvocationView {
  readonly at: string;
  readonly status: string;
  readonly error: ErrorView | undefined;
}

export interface OperationView {
  readonly id: string;
  readonly depth: number;
  readonly kind: string;
  readonly name: string | undefined;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  /** Names and values, as texts. */
  readonly details: readonly (readonly [name: string, value: string])[];
  readonly result: unknown;
  readonly error: ErrorView | undefined;
}

export interface CallbackView {
  readonly callbackId: string;
  readonly name: string | undefined;
  readonly timeoutAt: string | undefined;
  readonly heartbeatAt: string | undefined;
}

interface LogView {
  readonly at: string;
  readonly level: string;
  readonly text: string;
  readonly operation: string | undefined;
  readonly replaying: boolean;
}

interface ActionView {
  readonly text: string;
  readonly by: "page" | "client";
  readonly refusal: string | undefined;
}

/** Where a history and the newest code part. */
export interface DivergenceView {
  /** All there is to say, as `replayHistory` says it. */
  readonly message: string;
  readonly event: string | undefined;
  readonly recorded: string | undefined;
  readonly requested: string | undefined;
  readonly callSite: string | undefined;
}
