/**
 * The matchers for durable executions, for any framework with the `expect.extend` of Jest. The plugins
 * register them; import this to register them elsewhere.
 *
 * @packageDocumentation
 */
import type { ExpectedError } from "./expected-error.ts";
import type { LogLevel } from "../log-record.ts";
import { toBeCrashSafe, toHaveEffectAtMostOnce } from "./crashes.ts";
import { type ExpectedEffect, toHaveEffect } from "./effects.ts";
import type { MatcherContext, MatcherResult } from "./framework.ts";
import { type ExpectedMessage, toHaveLogged } from "./logs.ts";
import {
  type CallbackPattern,
  type OperationPattern,
  toBeWaitingFor,
  toHaveCallback,
  toHaveInvocations,
  toHaveOperation,
  toHaveTimedOut,
} from "./operations.ts";
import type { ReplayOptions } from "../replay/index.ts";
import { toReplay } from "./replay.ts";
import { toHaveRun } from "./steps.ts";
import { toBePending, toHaveFailedWith, toHaveSucceeded, toHaveSucceededWith } from "./outcome.ts";

export type { ExpectedEffect } from "./effects.ts";
export type { ExpectedMessage } from "./logs.ts";
export type { ErrorClass, ExpectedError } from "./expected-error.ts";
export type {
  AsymmetricMatch,
  EqualityTester,
  MatcherContext,
  MatcherResult,
  Pattern,
} from "./framework.ts";
export type { CallbackPattern, OperationPattern } from "./operations.ts";

/**
 * What `expect(resultOrRunner)` can say about a durable execution. All of them work with `.not`.
 *
 * Called on anything but a result or a runner, they throw, also with `.not`; `toReplay` is called on a handler.
 */
export interface DurableMatchers<R = void> {
  /**
   * The execution has SUCCEEDED.
   *
   * @example
   * ```ts
   * expect(await runner.run({ orderId: "o-1" })).toHaveSucceeded();
   * ```
   */
  toHaveSucceeded(): R;
  /**
   * The execution has SUCCEEDED with a value, compared as `toEqual` does.
   *
   * @example
   * ```ts
   * expect(result).toHaveSucceededWith({ status: "shipped", trackingId: expect.any(String) });
   * ```
   */
  toHaveSucceededWith(expected: unknown): R;
  /**
   * The execution has FAILED, TIMED_OUT or been STOPPED with an error, or with one caused by it.
   *
   * @param expected - part of the message, or the type; a RegExp for the message; a class of errors; an
   * error; or some fields of an `ErrorObject`.
   *
   * @example
   * ```ts
   * expect(result).toHaveFailedWith("no money");
   * expect(result).toHaveFailedWith(CallbackTimeoutError);
   * expect(result).toHaveFailedWith({ ErrorType: "PaymentDeclined" });
   * ```
   */
  toHaveFailedWith(expected: ExpectedError): R;
  /**
   * The execution has not ended: it goes on when something happens.
   *
   * @example
   * ```ts
   * expect(await runner.run({ orderId: "o-1" })).toBePending();
   * ```
   */
  toBePending(): R;
  /**
   * The execution has not ended, and a callback of that name is open.
   *
   * @example
   * ```ts
   * expect(runner).toBeWaitingFor("approval");
   * ```
   */
  toBeWaitingFor(callbackName: string): R;
  /**
   * An operation of that name has started and, if given, has these properties.
   *
   * @example
   * ```ts
   * expect(result).toHaveOperation("charge", { type: "STEP", status: "SUCCEEDED", attempt: 3 });
   * ```
   */
  toHaveOperation(name: string, partial?: OperationPattern): R;
  /**
   * A callback that answers to that name has started and, if given, has these properties. An unnamed
   * callback answers to the name of the operation around it.
   *
   * @example
   * ```ts
   * expect(result).toHaveCallback("approval", { result: { approved: true } });
   * ```
   */
  toHaveCallback(name: string, partial?: CallbackPattern): R;
  /**
   * A callback of that name got no answer, or no heartbeat, in time.
   *
   * @example
   * ```ts
   * await runner.runToCompletion();
   * expect(runner).toHaveTimedOut("approval");
   * ```
   */
  toHaveTimedOut(callbackName: string): R;
  /**
   * The handler was invoked that often, replays included.
   *
   * @example
   * ```ts
   * expect(result).toHaveInvocations(3);
   * ```
   */
  toHaveInvocations(count: number): R;
  /**
   * The function of a step of that name, or at that path, was called: that often, or at all. Where several
   * steps have the name, all of their calls count. A step whose script answers in its place was not called; without
   * a number, one that could not be observed was (see `StepOperation.runs`).
   *
   * @throws InvalidArgumentError, also with `.not`, where how often is asked and could not be observed.
   *
   * @example
   * ```ts
   * expect(result).toHaveRun("charge", 1);
   * expect(result).not.toHaveRun("refund");
   * ```
   */
  toHaveRun(stepName: string, times?: number): R;
  /**
   * The handler has logged a line of that level.
   *
   * @param message - part of the line, a RegExp for it, or an asymmetric matcher for the message.
   *
   * @example
   * ```ts
   * expect(result).toHaveLogged("warn", "declined");
   * expect(result).toHaveLogged("error", /no money on card \d+/);
   * ```
   */
  toHaveLogged(level: LogLevel, message: ExpectedMessage): R;
  /**
   * The handler has done that to the world, as often as said, crashed invocations included: what fakes of the
   * test have said with `recordEffect`.
   *
   * @param expected - `times`: how often, default: at least once; `key`: of which key, default: any.
   *
   * @example
   * ```ts
   * expect(result).toHaveEffect("charge", { times: 1, key: "order-123" });
   * ```
   */
  toHaveEffect(name: string, expected?: ExpectedEffect): R;
  /**
   * Of a crash matrix: wherever the sandbox dies, the execution ends as it does without a crash, and no effect
   * happens more often: not in all, by name, under whichever keys, and not twice for one key. One that is made
   * only after a crash, such as a compensation, is one more.
   *
   * @example
   * ```ts
   * expect(await crashMatrix(handler, { input: { orderId: "o-1" } })).toBeCrashSafe();
   * ```
   */
  toBeCrashSafe(): R;
  /**
   * Of a crash matrix: wherever the sandbox dies, an effect of that name happens at most once for each key.
   *
   * @example
   * ```ts
   * expect(await crashMatrix(handler, { input: { orderId: "o-1" } })).toHaveEffectAtMostOnce("charge");
   * ```
   */
  toHaveEffectAtMostOnce(name: string): R;
  /**
   * On a handler, not on a result: executions that have recorded this history, or the beginning of it, go on
   * with it. To be awaited. See `replayHistory` of `@durabletest/testing/replay`.
   *
   * @throws what `replayHistory` throws, also with `.not`, except for a ReplayDivergedError.
   *
   * @example
   * ```ts
   * await expect(handler).toReplay(result.history);
   * ```
   */
  toReplay(history: string | object, options?: ReplayOptions): Promise<void>;
}

/** {@link DurableMatchers}, as `expect.extend` takes them. */
export type DurableMatcherFunctions = {
  readonly [Name in keyof DurableMatchers]: (
    this: MatcherContext,
    received: unknown,
    ...expected: Parameters<DurableMatchers[Name]>
  ) => ReturnType<DurableMatchers[Name]> extends Promise<void>
    ? Promise<MatcherResult>
    : MatcherResult;
};

/**
 * The matchers.
 *
 * @example
 * ```ts
 * import { durableMatchers } from "@durabletest/testing/matchers";
 * expect.extend(durableMatchers);
 * ```
 */
export const durableMatchers: DurableMatcherFunctions = {
  toHaveSucceeded: method(toHaveSucceeded),
  toHaveSucceededWith: method(toHaveSucceededWith),
  toHaveFailedWith: method(toHaveFailedWith),
  toBePending: method(toBePending),
  toBeWaitingFor: method(toBeWaitingFor),
  toHaveOperation: method(toHaveOperation),
  toHaveCallback: method(toHaveCallback),
  toHaveTimedOut: method(toHaveTimedOut),
  toHaveInvocations: method(toHaveInvocations),
  toHaveRun: method(toHaveRun),
  toHaveLogged: method(toHaveLogged),
  toHaveEffect: method(toHaveEffect),
  toBeCrashSafe: method(toBeCrashSafe),
  toHaveEffectAtMostOnce: method(toHaveEffectAtMostOnce),
  toReplay: method(toReplay),
};

/** Frameworks hand their utilities over as `this`. */
function method<Expected extends readonly unknown[], Result>(
  matcher: (context: MatcherContext, received: unknown, ...expected: Expected) => Result,
): (this: MatcherContext, received: unknown, ...expected: Expected) => Result {
  return function (received, ...expected) {
    return matcher(this, received, ...expected);
  };
}
