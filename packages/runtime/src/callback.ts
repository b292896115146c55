import type { Duration } from "./duration.ts";
import type {
  CallbackExternalError,
  CallbackTimeoutReason,
  CallbackValidationError,
  SerdesError,
} from "./errors.ts";
import type { RetryStrategy } from "./retry.ts";
import type { Serdes } from "./serdes.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";

declare const payload: unique symbol;

/**
 * The id of a callback whose payload is a `T`. At run time it is a plain string: send it to the outside
 * world as it is.
 */
export type CallbackId<T = unknown> = string & { readonly [payload]?: T };

/**
 * Makes a typed callback id of a text that came from elsewhere, such as a table or a message.
 *
 * @example
 * ```ts
 * const id = callbackId<Approval>(row.callbackId);
 * const approval = await context.waitForCallback(id); // Approval
 * ```
 */
export const callbackId = <T>(text: string): CallbackId<T> => text;

/** How a callback ended: what `callback.settled()` resolves to. */
export type CallbackOutcome<T> =
  | { readonly status: "SUCCEEDED"; readonly value: T }
  | {
      readonly status: "FAILED";
      /** The sender's failure, or what is wrong with the payload it sent. */
      readonly error: CallbackExternalError | CallbackValidationError | SerdesError;
    }
  | {
      readonly status: "TIMED_OUT";
      /** `"timeout"`: no answer in time; `"heartbeat"`: no sign of life in time. */
      readonly reason: Exclude<CallbackTimeoutReason, "wait">;
    };

/**
 * A place where the outside world can put an answer.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "What are callbacks?".
 */
export interface Callback<T> {
  /** Send it to whoever is to answer. Treat it as a secret. */
  readonly callbackId: CallbackId<T>;
  /**
   * Waits for the answer; the execution is suspended meanwhile.
   *
   * Resolves to `undefined` when the callback timed out. An answer without payload is `undefined` as
   * well; {@link Callback.settled} tells them apart.
   *
   * @throws CallbackExternalError when the sender reports a failure.
   * @throws CallbackValidationError when the payload does not fit the schema.
   *
   * @example
   * ```ts
   * const approval = await callback.result();
   * if (approval === undefined) return { status: "expired" };
   * ```
   */
  result(): Promise<T | undefined>;
  /**
   * Waits for the end of the callback and tells how it ended. Throws for no outcome.
   *
   * @example
   * ```ts
   * const outcome = await callback.settled();
   * if (outcome.status === "TIMED_OUT" && outcome.reason === "heartbeat") await restartWorker();
   * ```
   */
  settled(): Promise<CallbackOutcome<T>>;
}

/**
 * Settings of a callback.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Configuration".
 */
export interface CallbackConfig<T> {
  /** How long to wait for the answer, from the start of the callback. Zero or absent: for ever. */
  readonly timeout?: Duration | undefined;
  /** The longest silence between two heartbeats. Zero or absent: silence is fine. */
  readonly heartbeatTimeout?: Duration | undefined;
  /** How the payload is read. JSON unless given. */
  readonly serdes?: Serdes<T> | undefined;
  /** What the payload must look like: any Standard Schema (zod, valibot, arktype …). */
  readonly schema?: StandardSchemaV1<unknown, T> | undefined;
}

/** Settings of `waitForCallback` with a submitter. */
export interface WaitForCallbackConfig<T> extends CallbackConfig<T> {
  /** When the submitter is tried again. Default: `retryPresets.default`, 6 attempts. */
  readonly retryStrategy?: RetryStrategy | undefined;
}

/** Settings of `waitForCallback` for a callback that exists. */
export interface CallbackWaitConfig {
  /** A name for the wait. Recorded only if it has a timeout. */
  readonly name?: string | undefined;
  /** Gives up this wait, not the callback. Zero or absent: waits as long as the callback is open. */
  readonly timeout?: Duration | undefined;
}
