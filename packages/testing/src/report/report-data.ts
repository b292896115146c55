import type { Picture } from "../picture/picture.ts";

/**
 * What a report holds, as it goes through JSON into the page: all that the viewer knows. Times are virtual
 * milliseconds since the start of their execution.
 */
export interface ReportData {
  readonly executions: readonly ReportedExecution[];
}

/** One execution. */
export interface ReportedExecution {
  readonly picture: Picture;
  /** In the order of the rows of the picture. */
  readonly operations: readonly ReportedOperation[];
  readonly events: readonly ReportedEvent[];
  readonly invocations: readonly ReportedInvocation[];
  readonly logs: readonly ReportedLine[];
  readonly effects: readonly ReportedEffect[];
  /** Absent while it is pending, and when it has succeeded. */
  readonly error?: ReportedError | undefined;
  readonly input?: unknown;
  readonly result?: unknown;
  readonly notices: readonly string[];
}

export interface ReportedOperation {
  readonly id: string;
  readonly parentId?: string | undefined;
  /** What else there is to say, for people: `attempt`, `3`. */
  readonly fields: readonly (readonly [name: string, text: string])[];
  readonly input?: unknown;
  readonly result?: unknown;
  readonly error?: ReportedError | undefined;
}

export interface ReportedEvent {
  readonly number: number;
  readonly at: number;
  readonly type: string;
  readonly operation?: string | undefined;
  /** As the timeline says it; empty where another event says it better. */
  readonly text: string;
  /** In the service's own shape. */
  readonly details: unknown;
  /** Until the next attempt of a step, in milliseconds. */
  readonly delay?: number | undefined;
}

export interface ReportedInvocation {
  readonly number: number;
  readonly at: number;
  readonly endedAt?: number | undefined;
  readonly requestId: string;
  readonly status: string;
  readonly error?: ReportedError | undefined;
  /** How many events there were when it began. */
  readonly eventsBefore: number;
}

interface ReportedLine {
  readonly at: number;
  readonly level: string;
  readonly text: string;
  readonly invocation: number;
  readonly operation?: string | undefined;
  readonly place: string;
}

interface ReportedEffect {
  readonly at: number;
  readonly name: string;
  readonly key?: string | undefined;
  readonly data?: unknown;
  readonly invocation: number;
  readonly operation?: string | undefined;
  readonly place: string;
}

export interface ReportedError {
  readonly type: string;
  readonly message: string;
  readonly data?: string | undefined;
  readonly frames: readonly ReportedFrame[];
}

/** A line of a stack, with the lines of the file that it leads to. */
export interface ReportedFrame {
  readonly text: string;
  readonly source?: SourceLines | undefined;
}

export interface SourceLines {
  readonly file: string;
  /** The number of the line that is meant. */
  readonly line: number;
  /** The number of the first of the lines. */
  readonly first: number;
  readonly lines: readonly string[];
}
