/**
 * An execution, as it is to be drawn: plain data, which goes through JSON, and is drawn in browsers as well. So it
 * names no types of a machine with Node.
 *
 * Along the picture there are columns. What happens at once, and in no order that matters, is in one column; a
 * column stands for a moment, and several may stand for the same one. How wide they are is for the drawing to say.
 */
export interface Picture {
  /** `SUCCEEDED after 4h 00m 00s, 3 invocations` */
  readonly heading: string;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED" | "PENDING";
  /** The payload that the execution was started with, and what came of it, shortened. */
  readonly input: string;
  readonly outcome: string;
  readonly columns: number;
  /** In order, without gaps: each has the columns from `from` to before the next one. */
  readonly instants: readonly Instant[];
  readonly invocations: readonly InvocationBar[];
  /** What the outside world did. */
  readonly world: readonly Point[];
  readonly effects: readonly Point[];
  /** The operations as the tree they are, each followed by what is in it. */
  readonly rows: readonly OperationRow[];
  /** Where the execution ended, or stands. */
  readonly end: Position;
}

/** A column, and how far into it: 3.2 is a fifth into the fourth. */
export type Position = number;

/** A moment at which something happened, or will. */
export interface Instant {
  /** Virtual milliseconds since the start. */
  readonly at: number;
  /** `+1h 00m 00s` */
  readonly offset: string;
  readonly from: number;
  /** After the moment at which the result was taken. */
  readonly isAhead: boolean;
}

/** One invocation of the handler. */
export interface InvocationBar {
  /** 1 for the first. */
  readonly number: number;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "PENDING" | "DIED";
  readonly from: Position;
  readonly to: Position;
  /** `suspended`, `returned`, `died: …` */
  readonly ending: string;
  readonly title: string;
  readonly notices: readonly Point[];
}

/** One operation. */
export interface OperationRow {
  readonly id: string;
  readonly type: "CONTEXT" | "STEP" | "WAIT" | "CALLBACK" | "CHAINED_INVOKE";
  readonly status:
    | "STARTED"
    | "PENDING"
    | "READY"
    | "SUCCEEDED"
    | "FAILED"
    | "CANCELLED"
    | "TIMED_OUT"
    | "STOPPED";
  /** What it is, without its name: `step`, `waitForCallback`. */
  readonly kind: string;
  /** `step "charge"`, `items[2]` */
  readonly label: string;
  /** With those around it. */
  readonly path: string;
  /** 0 at the top. */
  readonly depth: number;
  readonly from: Position;
  readonly to: Position;
  /** What became of it: `→ "shipped"`, `times out: no heartbeat`. */
  readonly summary: string;
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly points: readonly Point[];
  /** The invocations that find it ended, and pass over it: the first and the last of them. */
  readonly replayedIn: readonly [first: number, last: number] | undefined;
}

/** A stretch of an operation. */
export interface Bar {
  /**
   * - `"attempt"`: the function of a step runs. `"retry"`: until it is tried again. `"idle"`: no invocation runs it.
   * - `"open"`: an operation that no code of the handler's is at work for: a callback, a wait, an invoke.
   * - `"context"`: a child context, around the operations in it.
   * - `"ahead"`: what would come if time alone went on.
   */
  readonly kind: "attempt" | "retry" | "idle" | "open" | "context" | "ahead";
  /** How it came to its end. `"cut"`: the invocation died. */
  readonly end: "done" | "failed" | "cut" | "open";
  readonly from: Position;
  readonly to: Position;
  /** Said on it where there is room. */
  readonly label?: string | undefined;
  readonly title: string;
}

/** Something at a moment. */
export interface Point {
  readonly kind: PointKind;
  readonly at: Position;
  /** Said beside it where there is room. */
  readonly label?: string | undefined;
  readonly title: string;
  /** The operation that it is about. */
  readonly operation?: string | undefined;
}

export type PointKind =
  | "succeeded"
  | "failed"
  | "timed-out"
  | "cancelled"
  | "stopped"
  | "success"
  | "failure"
  | "heartbeat"
  | "ignored"
  | "effect"
  | "deadline"
  | "notice";
