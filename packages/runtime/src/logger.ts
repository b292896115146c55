/**
 * Where a handler writes what happens. `console` is one.
 *
 * Handler code calls the methods with whatever it has to say. They get one more argument, the last:
 * {@link LogMetadata}, which says where it was said.
 *
 * @example
 * ```ts
 * const logger: Logger = {
 *   debug: () => {},
 *   info: (...data) => write("INFO", data.slice(0, -1), data.at(-1) as LogMetadata),
 *   warn: (...data) => write("WARN", data.slice(0, -1), data.at(-1) as LogMetadata),
 *   error: (...data) => write("ERROR", data.slice(0, -1), data.at(-1) as LogMetadata),
 * };
 * export const handler = withDurableExecution(ship, { logger });
 * ```
 */
export interface Logger {
  debug(...data: readonly unknown[]): void;
  info(...data: readonly unknown[]): void;
  warn(...data: readonly unknown[]): void;
  error(...data: readonly unknown[]): void;
}

/**
 * Where a line was logged: the last argument of a {@link Logger}'s methods.
 *
 * Source: `@aws/durable-execution-sdk-js` 2.4.0, `DurableLogData`.
 */
export interface LogMetadata {
  readonly executionArn: string;
  /** Of this invocation. Empty when the handler was invoked without a Lambda context. */
  readonly requestId: string;
  /** The innermost operation around the code that logs; absent at the top of the handler. */
  readonly operationId?: string | undefined;
  /** Absent when that operation has no name. */
  readonly operationName?: string | undefined;
  /** In a step, or in a condition's check: 1 for the first. */
  readonly attempt?: number | undefined;
  /** Whose invocation it is, for a function that is isolated by tenant. */
  readonly tenantId?: string | undefined;
}

/** What a logger says of the operation around it. */
export type LogPlace = Pick<LogMetadata, "operationId" | "operationName" | "attempt">;

/** A line that handler code has logged. */
export interface LoggedLine {
  readonly level: keyof Logger;
  /** What it had to say. */
  readonly data: readonly unknown[];
  readonly metadata: LogMetadata;
  /** It was logged before, too, in an earlier invocation. */
  readonly isReplay: boolean;
}

/** The logger that handler code sees: it says where, and can be silent. */
export function durableLogger(
  write: (line: LoggedLine) => void,
  options: {
    readonly isSilent: boolean;
    readonly isReplaying: () => boolean;
    readonly metadata: () => LogMetadata;
  },
): Logger {
  const writeAt =
    (level: keyof Logger) =>
    (...data: readonly unknown[]): void => {
      const isReplay = options.isReplaying();
      if (options.isSilent && isReplay) return;
      write({ level, data, metadata: options.metadata(), isReplay });
    };
  return {
    debug: writeAt("debug"),
    info: writeAt("info"),
    warn: writeAt("warn"),
    error: writeAt("error"),
  };
}
