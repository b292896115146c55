import { describeValue } from "./describe-value.ts";
import { messageOf, PayloadTooLargeError, SerdesError } from "./errors.ts";
import type { ServiceLimits } from "./protocol/limits.ts";

/**
 * Turns values into the text that is checkpointed, and back.
 *
 * Both directions may be asynchronous. `undefined` text is a checkpoint without payload.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Configuration".
 *
 * @example
 * ```ts
 * const dates: Serdes<Date> = {
 *   serialize: (date) => date?.toISOString(),
 *   deserialize: (text) => new Date(text),
 * };
 * ```
 */
export interface Serdes<T> {
  /** @returns text; `undefined` for a checkpoint without payload. */
  serialize(value: T | undefined): string | undefined | Promise<string | undefined>;
  /** Called only when there is text; without any the value is `undefined`. */
  deserialize(text: string): T | Promise<T>;
}

/** JSON: what is used unless a `serdes` says otherwise. */
export const jsonSerdes: Serdes<unknown> = {
  serialize(value) {
    if (typeof value === "function" || typeof value === "symbol") {
      throw new TypeError(`a ${typeof value} has no JSON form`);
    }
    return JSON.stringify(value);
  },
  deserialize: (text): unknown => JSON.parse(text),
};

/** Whom it concerns that something goes on which the invocation must not be suspended in. */
export interface Busy {
  workBegins(): void;
  workEnds(): void;
}

/** Counts what takes its time as work for as long as it does. */
export function counted<T>(busy: Busy, promise: PromiseLike<T>): Promise<T> {
  busy.workBegins();
  return Promise.resolve(promise).finally(() => busy.workEnds());
}

/** Serialises a result, or an input; whatever goes wrong becomes a SerdesError that says what of. */
export function serialize(
  busy: Busy,
  serdes: Serdes<never>,
  value: unknown,
  what: string,
  kind: "result" | "input" | "initial state" = "result",
): string | undefined | Promise<string | undefined> {
  const failed = (cause: unknown): never => {
    throw new SerdesError(
      `The ${kind} of ${what} cannot be serialised: ${messageOf(cause)}. ${kind === "result" ? "Return" : "Give"} plain JSON data, or give a serdes.`,
      { cause },
    );
  };
  try {
    const text = textFrom(serdes, value);
    return text instanceof Promise ? counted(busy, text).catch(failed) : text;
  } catch (cause) {
    return failed(cause);
  }
}

/** What a serdes makes of a value: text, or nothing; whatever else it returns, in time or later, is refused. */
function textFrom(
  serdes: Serdes<never>,
  value: unknown,
): string | undefined | Promise<string | undefined> {
  const made: unknown = serdes.serialize(value as never);
  return isThenable(made) ? Promise.resolve(made).then(checkedText) : checkedText(made);
}

function checkedText(text: unknown): string | undefined {
  if (text === undefined || typeof text === "string") return text;
  throw new TypeError(
    `serialize returned ${text === null ? "null" : typeof text} instead of text: ${describeValue(text)}`,
  );
}

/** Of whichever realm or library. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** Deserialises a payload; whatever goes wrong becomes a SerdesError that says what of. */
export function deserialize(
  busy: Busy,
  serdes: Serdes<never>,
  text: string | null | undefined,
  what: string,
): unknown {
  // An empty payload is no JSON: a callback completed with nothing has an undefined result.
  if (text === undefined || text === null || text === "") return undefined;
  const failed = (cause: unknown): never => {
    throw new SerdesError(`The payload of ${what} cannot be deserialised: ${messageOf(cause)}`, {
      cause,
    });
  };
  try {
    const value: unknown = serdes.deserialize(text);
    return isThenable(value) ? counted(busy, value).catch(failed) : value;
  } catch (cause) {
    return failed(cause);
  }
}

/** A value within a JSON payload: as it is if JSON is how it is stored, else the text of its serdes. */
export function embed(serdes: Serdes<never>, value: unknown): unknown {
  return isJson(serdes) ? value : textFrom(serdes, value);
}

/** The value that {@link embed} has put into a payload. */
export function extract(serdes: Serdes<never>, embedded: unknown): unknown {
  if (isJson(serdes)) return embedded;
  return typeof embedded === "string" && embedded !== "" ? serdes.deserialize(embedded) : undefined;
}

function isJson(serdes: Serdes<never>): boolean {
  return serdes === (jsonSerdes as Serdes<never>);
}

/** Bytes of a text in UTF-8, counted only when its length leaves a doubt about the limit. */
export function exceeds(text: string | undefined, limitBytes: number): boolean {
  if (text === undefined || text.length * 3 <= limitBytes) return false;
  return text.length > limitBytes || Buffer.byteLength(text) > limitBytes;
}

/** @throws PayloadTooLargeError */
export function assertPayloadFits(
  text: string | undefined,
  what: string,
  { payloadBytes }: ServiceLimits,
  kind: "result" | "input" | "summary" = "result",
): void {
  if (!exceeds(text, payloadBytes)) return;
  const advice = {
    result: "Store it elsewhere and return a reference.",
    input: "Store it elsewhere and give a reference.",
    summary: "Make it shorter.",
  };
  throw new PayloadTooLargeError(
    `The ${kind} of ${what} has ${Buffer.byteLength(text ?? "")} bytes; the service stores ${payloadBytes}. ${advice[kind]}`,
  );
}
