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
  | {
      readonly kind: "success";
      readonly afterMs: number;
      readonly payload: ScriptedPayload;
      /** As the test gave it: what a step returns. */
      readonly value: unknown;
    }
  | {
      readonly kind: "failure";
      readonly afterMs: number;
      readonly error: ErrorObject;
      /** As the test gave it: what a step throws. */
      readonly value: unknown;
    }
  | { readonly kind: "heartbeat"; readonly afterMs: number };

/** What an attempt of a step does, which takes `afterMs`. */
export type ScriptedAttempt =
  | Extract<ScriptedMove, { readonly kind: "success" | "failure" }>
  | { readonly kind: "run"; readonly afterMs: number }
  | { readonly kind: "crash"; readonly afterMs: number; readonly when: CrashMoment };

/** When a sandbox dies in an attempt: before its function is called, or before what it came to is recorded. */
export type CrashMoment = "before" | "after";

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
 * What the outside world does to a callback, or what an attempt of a step does. Made with {@link respond}.
 */
export interface Response {
  /** In order. Empty: the world is silent, and every deadline may pass; a step takes for ever. */
  readonly [moves]: readonly (ScriptedMove | ScriptedAttempt)[];
}

/** A response whose last move can be delayed. */
export interface DelayableResponse extends Response {
  /** Counts from the start of the callback, or from the last heartbeat before it; an attempt of a step takes that long. */
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
 * Says what the outside world does to a callback, or what an attempt of a step does in the place of its function.
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
 *   steps: {
 *     charge: [respond.failure(new Error("503")), respond.crash("after")], // then its function
 *   },
 * });
 * ```
 */
export const respond = {
  /**
   * Completes the callback; of a step: returns.
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
    return delayable((afterMs) => ({ kind: "success", afterMs, payload: texts, value: payload }));
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
   * Fails the callback; of a step: throws.
   *
   * @throws InvalidPayloadError when it is neither an Error nor an ErrorObject.
   */
  failure(error: Error | ErrorObject): DelayableResponse {
    const object = encodeError(error, "The error of respond.failure");
    return delayable((afterMs) => ({ kind: "failure", afterMs, error: object, value: error }));
  },
  /** Says nothing: the callback times out, if it can. A step goes on until its invocation times out. */
  never(): Response {
    return response([]);
  },
  /** Of a step: its function is called. */
  run(): DelayableResponse {
    return delayable((afterMs) => ({ kind: "run", afterMs }));
  },
  /**
   * Of a step: the sandbox dies before its function is called, or after that and before what it came to has
   * been recorded. The service invokes again, and an at-least-once step begins again.
   *
   * @throws InvalidArgumentError
   */
  crash(when: CrashMoment): DelayableResponse {
    if (when !== "before" && when !== "after") {
      throw new InvalidArgumentError(
        `respond.crash: ${describeValue(when)} is neither "before" nor "after" the function of the step.`,
      );
    }
    return delayable((afterMs) => ({ kind: "crash", afterMs, when }));
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

function delayable(move: (afterMs: number) => ScriptedMove | ScriptedAttempt): DelayableResponse {
  return {
    ...response([move(0)]),
    after: (delay) => response([move(durationToMilliseconds(delay, "after"))]),
  };
}

function response(list: Response[typeof moves]): Response {
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

/** What the outside world does to a callback. */
export function movesOf(value: unknown, where: string): readonly ScriptedMove[] {
  const list = isResponse(value) ? value[moves] : undefined;
  if (list !== undefined && list.every(isMove)) return list;
  throw new InvalidArgumentError(
    list === undefined
      ? `${where}: ${describeValue(value)} is no response. Make one with respond.success(…), respond.failure(…), respond.never() or respond.heartbeatEvery(…).times(…).`
      : `${where}: respond.run() and respond.crash(…) are about steps. Say what the outside world does to the callback.`,
  );
}

/** What an attempt of a step does; undefined: it never ends. */
export function attemptOf(value: Response, where: string): ScriptedAttempt | undefined {
  const [first, ...more] = value[moves];
  if (first === undefined) return undefined;
  if (first.kind !== "heartbeat" && more.length === 0) return first;
  throw new InvalidArgumentError(
    `${where}: only callbacks get heartbeats. Use respond.success(…), respond.failure(…), respond.run() or respond.crash(…), with .after(…) where the attempt takes time.`,
  );
}

export function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && moves in value;
}

function isMove(move: ScriptedMove | ScriptedAttempt): move is ScriptedMove {
  return move.kind !== "run" && move.kind !== "crash";
}
