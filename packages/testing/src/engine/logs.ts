import { isDurableHandler, type LoggedLine } from "@durabletest/runtime";
import { type HeardLine, type LogLevel, messageAndData } from "../log-record.ts";
import { parsePayload } from "../operation.ts";
import { showOutput } from "../surroundings/standard-output.ts";

/** What the log of an invocation is told of it. */
export interface LogOptions {
  readonly executionArn: string;
  readonly handler: unknown;
  /** Counts from 1. */
  readonly invocation: number;
  /** Lines are added here. */
  readonly lines: HeardLine[];
  /** Whether they go where they would have gone as well. */
  readonly prints: boolean;
  readonly now: () => number;
  /** How many operations there are. */
  readonly operationCount: () => number;
}

/**
 * What one invocation of a handler logs.
 *
 * Handlers of our runtime hand their lines over; the default logger of AWS's SDK writes them to the standard
 * output. Loggers that handlers have been given, and the console, are the user's.
 */
export class InvocationLog {
  readonly #options: LogOptions;
  readonly #operationsAtStart: number;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#operationsAtStart = options.operationCount();
  }

  /** A line of a handler of our runtime; whether it is kept from the console. */
  heard({ level, data, metadata, isReplay }: LoggedLine): boolean {
    const { operationId, operationName, attempt } = metadata;
    this.#add({
      ...this.#placed(),
      ...messageAndData(data),
      level,
      operationId,
      operationName,
      attempt,
      replaying: isReplay,
    });
    return !this.#options.prints;
  }

  /** Calls the handler, and listens to what it writes if it may be one of AWS's SDK. */
  listen<T>(call: () => T): T {
    const { executionArn, handler, prints } = this.#options;
    if (isDurableHandler(handler)) return call();
    return showOutput((text) => {
      const line = awsLine(text, executionArn);
      if (line === undefined) return false;
      this.#add({
        ...this.#placed(),
        ...line,
        // A step's function does not run on a replay.
        replaying: line.attempt === undefined ? this.#mayReplay() : false,
      });
      return !prints;
    }, call);
  }

  #placed(): Pick<HeardLine, "at" | "invocation"> {
    const { now, invocation } = this.#options;
    return { at: new Date(now()), invocation };
  }

  #add(line: HeardLine): void {
    this.#options.lines.push(line);
  }

  /** It certainly does not in the first invocation, nor once there is a new operation. */
  #mayReplay(): undefined | false {
    const { invocation, operationCount } = this.#options;
    return invocation === 1 || operationCount() > this.#operationsAtStart ? false : undefined;
  }
}

/** As a line of AWS's SDK begins. Its logger writes JSON to the standard output. */
const BEGINNING = '{"requestId":';

/**
 * A line that AWS's SDK has written about an execution; undefined for all other text.
 *
 * Source: `@aws/durable-execution-sdk-js` 1.1.7 to 2.4.0, its default logger.
 */
function awsLine(
  text: string,
  arn: string,
): Omit<HeardLine, "at" | "invocation" | "replaying"> | undefined {
  if (!text.startsWith(BEGINNING)) return undefined;
  const line = parsePayload(text.trimEnd());
  if (!isRecord(line)) return undefined;
  const { executionArn, level: given, message, operationId, operationName, attempt } = line;
  const level = typeof given === "string" ? LEVELS[given] : undefined;
  if (level === undefined || executionArn !== arn) return undefined;
  const said = messageAndData(message === undefined ? [] : [message]);
  const others = Object.entries(line).filter(([key]) => !OWN_KEYS.has(key));
  return {
    level,
    message: said.message,
    data: others.length === 0 ? said.data : [...said.data, Object.fromEntries(others)],
    operationId: typeof operationId === "string" ? operationId : undefined,
    operationName: typeof operationName === "string" ? operationName : undefined,
    attempt: typeof attempt === "number" ? attempt : undefined,
  };
}

/** What the logger says of every line; the rest is of an error, or of a plugin. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  "requestId",
  "timestamp",
  "level",
  "executionArn",
  "tenantId",
  "operationId",
  "operationName",
  "attempt",
  "message",
]);

const LEVELS: Readonly<Record<string, LogLevel | undefined>> = {
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
