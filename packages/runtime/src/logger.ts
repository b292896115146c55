/** Where a handler writes what happens. `console` is one. */
export interface Logger {
  debug(...data: readonly unknown[]): void;
  info(...data: readonly unknown[]): void;
  warn(...data: readonly unknown[]): void;
  error(...data: readonly unknown[]): void;
}

/** The logger a handler sees: silent while it replays, so that a line is written once. */
export function replayAwareLogger(target: Logger, isReplaying: () => boolean): Logger {
  const unlessReplaying =
    (level: keyof Logger) =>
    (...data: readonly unknown[]): void => {
      if (!isReplaying()) target[level](...data);
    };
  return {
    debug: unlessReplaying("debug"),
    info: unlessReplaying("info"),
    warn: unlessReplaying("warn"),
    error: unlessReplaying("error"),
  };
}
