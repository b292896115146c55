import { formatWithOptions, inspect } from "node:util";

/** How much a line that was logged matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A line that handler code has logged through `context.logger` or a step's `logger`. */
export interface LogRecord {
  /** Virtual. */
  readonly at: Date;
  readonly level: LogLevel;
  /**
   * What it says. AWS's SDK has put all that was logged into it, as `util.format` does; our runtime keeps
   * what comes after a text apart, in `data`.
   */
  readonly message: string;
  /** What was logged beside the message, as it was then. */
  readonly data: readonly unknown[];
  /** In which invocation: 1 for the first. */
  readonly invocation: number;
  /** The innermost operation around it: its name, or how `result.operation(…)` finds it if it has none. */
  readonly operation?: string | undefined;
  /** In a step, or in a condition's check: 1 for the first. */
  readonly attempt?: number | undefined;
  /**
   * Whether it had been logged before, in an earlier invocation; handlers log such lines only if they are
   * told to. `undefined` where AWS's SDK does not let that be known.
   */
  readonly replaying: boolean | undefined;
}

/** A line as it was heard; who it is of will be looked up when somebody asks. */
export interface HeardLine extends Omit<LogRecord, "operation"> {
  readonly operationId: string | undefined;
  readonly operationName: string | undefined;
}

/** What was logged, taken apart and as it is now. */
export function messageAndData(logged: readonly unknown[]): Pick<LogRecord, "message" | "data"> {
  const [first, ...rest] = logged;
  if (typeof first !== "string") {
    const message = logged.length === 0 ? "" : shown(first);
    return { message, data: logged.map(asItIsNow) };
  }
  if (!/%[sdifjoOc%]/.test(first)) return { message: first, data: rest.map(asItIsNow) };
  return { message: formatWithOptions(ONE_LINE, first, ...rest), data: rest.map(asItIsNow) };
}

/** A line as one text. */
export function textOf({ message, data }: Pick<LogRecord, "message" | "data">): string {
  const rest = data
    .map((value) => (typeof value === "string" ? value : shown(value)))
    .filter((text) => !message.includes(text));
  return [message, ...rest].join(" ");
}

const ONE_LINE = { breakLength: Infinity } as const;

function shown(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : inspect(value, ONE_LINE);
}

/** Handler code may go on to change it. */
export function asItIsNow(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}
