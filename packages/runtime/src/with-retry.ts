import { called, functionArgument, namedArguments } from "./check/arguments.ts";
import { checkedConfig, type Options } from "./check/config.ts";
import { childContextOptions, retryStrategy } from "./config-checks.ts";
import type { ChildContextConfig } from "./config.ts";
import type { DurableContext } from "./context.ts";
import { roundedDelaySeconds } from "./duration.ts";
import { asError, type ChildContextError, describeOperation } from "./errors.ts";
import { decideRetry } from "./operations/step.ts";
import { ServiceLimits } from "./protocol/limits.ts";
import { OperationPromise } from "./replay/operation-promise.ts";
import { retryPresets, type RetryStrategy } from "./retry.ts";
import type { Serdes } from "./serdes.ts";
import type { Serialized } from "./serialized.ts";

/** Settings of {@link withRetry}: when to try again, and those of the child context around the attempts. */
export interface WithRetryConfig<T> extends ChildContextConfig<T> {
  /** When a failed attempt is followed by another. Default: `retryPresets.default`, 6 attempts. */
  readonly retryStrategy?: RetryStrategy | undefined;
}

const withRetryOptions: Options<WithRetryConfig<never>> = { ...childContextOptions, retryStrategy };

/** With a `serdes` of its own: gives what that makes. */
export function withRetry<T>(
  context: DurableContext,
  name: string | undefined,
  fn: (child: DurableContext, attempt: number) => Promise<T>,
  config: WithRetryConfig<T> & { readonly serdes: Serdes<T> },
): Promise<T>;
export function withRetry<T>(
  context: DurableContext,
  fn: (child: DurableContext, attempt: number) => Promise<T>,
  config: WithRetryConfig<T> & { readonly serdes: Serdes<T> },
): Promise<T>;
/**
 * Runs a group of operations, and runs it again as a whole when it fails. The execution is suspended between
 * the attempts.
 *
 * All attempts stand in one child context, with a wait named `<name>-backoff-<attempt>` between them. What an
 * attempt has left behind when it fails is given up. The strategy gets errors as they are recorded: what a
 * step threw is the `cause` of a StepError.
 *
 * Source: `@aws/durable-execution-sdk-js` 2.4.0, `withRetry`.
 *
 * @param fn - gets a context of its own, and the number of the attempt: 1 for the first.
 * @throws ChildContextError when an attempt failed and no other follows; `cause` is the error of the last.
 *
 * @example
 * ```ts
 * const booking = await withRetry(
 *   context,
 *   "book",
 *   async (child, attempt) => {
 *     const seat = await child.step("reserve", () => seats.reserve(trip, attempt));
 *     return child.waitForCallback("confirm", (callbackId) => airline.confirm(seat, callbackId));
 *   },
 *   { retryStrategy: createRetryStrategy({ retryableErrorTypes: [CallbackTimeoutError] }) },
 * );
 * ```
 */
export function withRetry<T>(
  context: DurableContext,
  name: string | undefined,
  fn: (child: DurableContext, attempt: number) => Promise<T>,
  config?: WithRetryConfig<T>,
): Promise<Serialized<T>>;
export function withRetry<T>(
  context: DurableContext,
  fn: (child: DurableContext, attempt: number) => Promise<T>,
  config?: WithRetryConfig<T>,
): Promise<Serialized<T>>;
export function withRetry<T>(
  context: DurableContext,
  ...args: readonly unknown[]
): Promise<Serialized<T>> {
  try {
    const [name, fn, config] = namedArguments("withRetry", args);
    const attempt = functionArgument<(child: DurableContext, attempt: number) => Promise<T>>(
      "withRetry",
      fn,
      "context, name?, function, config?",
    );
    const settings = checkedConfig<WithRetryConfig<T>>(
      called("withRetry", name),
      config,
      withRetryOptions,
    );
    const { retryStrategy: strategy = retryPresets.default, ...group } = settings;
    return context.runInChildContext<T>(
      name,
      (child) => attempts(child, name, attempt, strategy),
      group,
    );
  } catch (error) {
    return OperationPromise.failed(error);
  }
}

async function attempts<T>(
  group: DurableContext,
  name: string | undefined,
  fn: (child: DurableContext, attempt: number) => Promise<T>,
  strategy: RetryStrategy,
): Promise<T> {
  const what = describeOperation("withRetry", name);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await oneAttempt(group, attempt, fn);
    } catch (error) {
      const decision = decideRetry(strategy, asError(error), attempt, what);
      if (!decision.shouldRetry) throw error;
      const seconds = roundedDelaySeconds(decision.delay, `retry delay of ${what}`);
      await group.wait(backoffName(name, attempt), { seconds });
    }
  }
}

/** In a context of its own, so that what it leaves behind is given up; its result is the group's to store. */
async function oneAttempt<T>(
  group: DurableContext,
  attempt: number,
  fn: (child: DurableContext, attempt: number) => Promise<T>,
): Promise<T> {
  const outcome: { value?: T } = {};
  await group.runInChildContext(
    `attempt ${attempt}`,
    async (child) => {
      outcome.value = await fn(child, attempt);
    },
    { nesting: "FLAT", errorMapper: causeOf },
  );
  return outcome.value as T;
}

function causeOf({ cause }: ChildContextError): Error {
  return asError(cause);
}

function backoffName(name: string | undefined, attempt: number): string | undefined {
  if (name === undefined) return undefined;
  const suffix = `-backoff-${attempt}`;
  return `${name.slice(0, ServiceLimits.nameLength - suffix.length)}${suffix}`;
}
