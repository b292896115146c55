import { messageOf, PayloadTooLargeError, SerdesError } from "./errors.ts";
import { ServiceLimits } from "./protocol/limits.ts";

/**
 * Turns values into the text that is checkpointed, and back.
 *
 * Both directions may be asynchronous. `undefined` text is a checkpoint without payload.
 *
 * Source: guide, "Configuration".
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

/** Serialises a result; whatever goes wrong becomes a SerdesError that says what of. */
export function serialize(
  serdes: Serdes<never>,
  value: unknown,
  what: string,
): string | undefined | Promise<string | undefined> {
  const failed = (cause: unknown): never => {
    throw new SerdesError(
      `The result of ${what} cannot be serialised: ${messageOf(cause)}. Return plain JSON data, or give a serdes.`,
      { cause },
    );
  };
  try {
    const text = serdes.serialize(value as never);
    return text instanceof Promise ? text.catch(failed) : checkedText(text);
  } catch (cause) {
    return failed(cause);
  }
}

function checkedText(text: string | undefined): string | undefined {
  if (text !== undefined && typeof text !== "string") {
    throw new TypeError(`serialize returned ${typeof text} instead of text`);
  }
  return text;
}

/** Deserialises a payload; whatever goes wrong becomes a SerdesError that says what of. */
export function deserialize(
  serdes: Serdes<never>,
  text: string | undefined,
  what: string,
): unknown {
  // An empty payload is no JSON: a callback completed with nothing has an undefined result.
  if (text === undefined || text === "") return undefined;
  const failed = (cause: unknown): never => {
    throw new SerdesError(`The payload of ${what} cannot be deserialised: ${messageOf(cause)}`, {
      cause,
    });
  };
  try {
    const value: unknown = serdes.deserialize(text);
    return value instanceof Promise ? value.catch(failed) : value;
  } catch (cause) {
    return failed(cause);
  }
}

/** Bytes of a text in UTF-8, counted only when its length leaves a doubt about the limit. */
export function exceeds(text: string | undefined, limitBytes: number): boolean {
  if (text === undefined || text.length * 3 <= limitBytes) return false;
  return text.length > limitBytes || Buffer.byteLength(text) > limitBytes;
}

/** @throws PayloadTooLargeError */
export function assertPayloadFits(text: string | undefined, what: string): void {
  if (!exceeds(text, ServiceLimits.payloadBytes)) return;
  throw new PayloadTooLargeError(
    `The result of ${what} has ${Buffer.byteLength(text ?? "")} bytes; the service stores ${ServiceLimits.payloadBytes}. Store it elsewhere and return a reference.`,
  );
}
