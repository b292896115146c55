/**
 * A handler as the harness knows it: an event in, an answer out, whichever SDK made it.
 */
export type AnyDurableLambdaHandler = (event: never, lambdaContext: never) => Promise<unknown>;

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
