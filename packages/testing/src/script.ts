import type { ErrorObject } from "@durabletest/runtime";
import * as z from "zod/mini";
import { describeValue, durationToMilliseconds } from "@durabletest/runtime/protocol";
import { InvalidArgumentError } from "@durabletest/runtime";
import type { CallbackOperation } from "./operation.ts";
import { InvalidPayloadError } from "./errors.ts";
import { encodeError, encodePayload } from "./service/payload.ts";
import type { HarnessDuration } from "./duration.ts";
import { lazily, read, whole } from "./input/schema.ts";

/** One thing the outside world does to a callback, `afterMs` after the one before it. */
export type ScriptedMove =
  | { readonly kind: "success"; readonly afterMs: number; readonly payload: ScriptedPayload }
  | { readonly kind: "failure"; readonly afterMs: number; readonly error: ErrorObject }
  | { readonly kind: "heartbeat"; readonly afterMs: number };

/** What is sent depends on who reads it: see {@link respond.success}. */
interface ScriptedPayload {
  readonly toOurRuntime: string | undefined;
  readonly toOtherSdks: string | undefined;
}

const heartbeats = lazily(() =>
  z.object({ times: whole("a whole number from 1 to 100000", { least: 1, most: 100_000 }) }),
);

const moves: unique symbol = Symbol.for("durabletest.script");

/**
 * What the outside world does to a callback. Made with {@link respond}.
 */
export interface Response {
  /** In order. Empty: the world is silent, and every deadline may pass. */
  readonly [moves]: readonly ScriptedMove[];
}

/** A response whose last move can be delayed. */
export interface DelayableResponse extends Response {
  /** Counts from the start of the callback, or from the last heartbeat before it. */
  after(delay: HarnessDuration): Response;
}

/** Heartbeats, and then silence. */
export interface HeartbeatsResponse extends Response {
  /** Answers after the last heartbeat. */
  thenRespond(response: Response): Response;
}

/** Heartbeats that have not been counted yet. */
export interface Heartbeats {
  times(count: number): HeartbeatsResponse;
}

/**
 * What the outside world does to the callbacks of a name: the same each time, or decided for each of
 * them, in the order in which they start. A function that returns nothing leaves that callback to the
 * test, and `run()` stops for it.
 */
export type CallbackScript = Response | ((callback: CallbackOperation) => Response | undefined);

/**
 * Says what the outside world does to a callback.
 *
 * @example
 * ```ts
 * const runner = new DurableTestRunner(handler, {
 *   callbacks: {
 *     approval: respond.success({ approved: true }).after({ hours: 3 }),
 *     payment: respond.failure({ ErrorType: "PaymentDeclined" }),
 *     fraud_check: respond.never(),
 *     render: respond
 *       .heartbeatEvery({ minutes: 5 })
 *       .times(6)
 *       .thenRespond(respond.success({ url: "https://example.com" }).after({ minutes: 2 })),
 *   },
 * });
 * ```
 */
export const respond = {
  /**
   * Completes the callback.
   *
   * @param payload - any JSON data; a `Uint8Array` or `{ raw: text }` is sent as it is. So is a text, to a
   * handler of another SDK: that hands on what came, and production sends it text.
   * @throws InvalidPayloadError when the payload is no JSON, or too large.
   */
  success(payload?: unknown): DelayableResponse {
    const what = "The payload of respond.success";
    const texts: ScriptedPayload = {
      toOurRuntime: encodePayload(payload, what),
      toOtherSdks: encodePayload(payload, what, { readsJson: false }),
    };
    return delayable((afterMs) => ({ kind: "success", afterMs, payload: texts }));
  },
  /**
   * Completes the callback with a text as it is, whatever reads it: text that is no JSON, or JSON that is
   * there already.
   *
   * @throws InvalidPayloadError when it is no text, or too large.
   */
  raw(text: string): DelayableResponse {
    if (typeof text === "string") return respond.success({ raw: text });
    throw new InvalidPayloadError(
      `The text of respond.raw is ${describeValue(text)}. Give a text, or any JSON data to respond.success.`,
    );
  },
  /**
   * Fails the callback.
   *
   * @throws InvalidPayloadError when it is neither an Error nor an ErrorObject.
   */
  failure(error: Error | ErrorObject): DelayableResponse {
    const object = encodeError(error, "The error of respond.failure");
    return delayable((afterMs) => ({ kind: "failure", afterMs, error: object }));
  },
  /** Says nothing: the callback times out, if it can. */
  never(): Response {
    return response([]);
  },
  /**
   * Sends heartbeats; `interval` is the time before each of them.
   *
   * @throws InvalidDurationError
   */
  heartbeatEvery(interval: HarnessDuration): Heartbeats {
    const afterMs = durationToMilliseconds(interval, "heartbeatEvery");
    return {
      times(count: number): HeartbeatsResponse {
        read(heartbeats(), { times: count }, "heartbeats");
        const beats = Array.from(
          { length: count },
          () => ({ kind: "heartbeat", afterMs }) as const,
        );
        return {
          ...response(beats),
          thenRespond: (last) => response([...beats, ...movesOf(last, "thenRespond")]),
        };
      },
    };
  },
} as const;

function delayable(move: (afterMs: number) => ScriptedMove): DelayableResponse {
  return {
    ...response([move(0)]),
    after: (delay) => response([move(durationToMilliseconds(delay, "after"))]),
  };
}

function response(list: readonly ScriptedMove[]): Response {
  return { [moves]: list };
}

/**
 * What a test gives as a script: a response, or a function that is asked for one later.
 *
 * @throws InvalidArgumentError
 */
export function checkCallbackScript(value: unknown, where: string): CallbackScript {
  if (typeof value !== "function") movesOf(value, where);
  return value as CallbackScript;
}

/** What a response is made of. */
export function movesOf(value: unknown, where: string): readonly ScriptedMove[] {
  if (typeof value === "object" && value !== null && moves in value) {
    return (value as Response)[moves];
  }
  throw new InvalidArgumentError(
    `${where}: ${describeValue(value)} is no response. Make one with respond.success(…), respond.failure(…), respond.never() or respond.heartbeatEvery(…).times(…).`,
  );
}
