import type { LambdaContext } from "@durabletest/runtime";

/**
 * A handler as the harness knows it: an event in, an answer out, whichever SDK made it.
 *
 * A function that has not been given to `withDurableExecution` is none. Its type shows it where it wants a
 * durable context as its second parameter, and it does not compile; where the type does not (`any`, a
 * function of the input alone), `run()` rejects with an InvalidHandlerError.
 *
 * All handlers of AWS's SDK have the same type, whatever they take and return. Say what that is:
 * `new DurableTestRunner<Order, Receipt>(handler)`.
 *
 * @example
 * ```ts
 * const runners = (handler: AnyDurableLambdaHandler) =>
 *   [0, 1, 2].map((seed) => new DurableTestRunner(handler, { seed }));
 * ```
 */
export type AnyDurableLambdaHandler = Handlers["durable"];

/**
 * A method, because parameters of methods are compared both ways. What is passed then need not fit all that
 * a handler may ask of its context (`never`, `unknown`, `Context` of @types/aws-lambda, one with additions
 * of a middleware): they need something in common. A durable context has nothing in common with it.
 */
interface Handlers {
  durable(
    event: never,
    lambdaContext: Partial<LambdaContext>,
    ...callback: never[]
  ): Promise<unknown> | void;
}

/** On a handler that calls another one in its place: the handler that somebody has written. */
const OWN = Symbol.for("durabletest.ownHandler");

/** Says of a handler that it calls another one, and is not told apart from it. */
export function standInFor(
  own: AnyDurableLambdaHandler,
  handler: AnyDurableLambdaHandler,
): AnyDurableLambdaHandler {
  return Object.defineProperty(handler, OWN, { value: own });
}

/** The handler that somebody has written. */
export function ownHandler(handler: AnyDurableLambdaHandler): AnyDurableLambdaHandler {
  return (Reflect.get(handler, OWN) as AnyDurableLambdaHandler | undefined) ?? handler;
}

/** A durable function that can be invoked. */
export interface DurableFunction {
  readonly handler: AnyDurableLambdaHandler;
  /** How long its executions may take. */
  readonly timeoutSeconds: number | undefined;
  /** How long one invocation of it may take. */
  readonly invocationTimeoutSeconds: number;
}

/** A plain function that can be invoked. */
export type PlainFunction = (input: unknown, lambdaContext?: unknown) => unknown;

/** The functions that handlers under test can invoke, by name or ARN. */
export interface Functions {
  readonly durable: ReadonlyMap<string, DurableFunction>;
  readonly plain: ReadonlyMap<string, PlainFunction>;
}
