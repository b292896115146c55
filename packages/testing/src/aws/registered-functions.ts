import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { RunnerOptions } from "../options.ts";
import { lambdaContext } from "./lambda-context.ts";

/** A Lambda handler of any signature: async, or answering through its callback. */
export type AnyLambdaHandler = (event: never, context: never, callback: never) => unknown;

type Registered =
  | { readonly kind: "durable"; readonly handler: AnyDurableLambdaHandler }
  | { readonly kind: "plain"; readonly handler: AnyLambdaHandler };

/** The functions that a handler under test can invoke, by name or ARN. The last word under a name counts. */
export class RegisteredFunctions {
  readonly #byName = new Map<string, Registered>();

  registerDurable(name: string, handler: AnyDurableLambdaHandler): void {
    this.#byName.set(name, { kind: "durable", handler });
  }

  register(name: string, handler: AnyLambdaHandler): void {
    this.#byName.set(name, { kind: "plain", handler });
  }

  /**
   * As options of a runner.
   *
   * @param prepare - what is done to durable handlers before they are run.
   */
  options(
    prepare: (handler: AnyDurableLambdaHandler) => AnyDurableLambdaHandler,
  ): Required<Pick<RunnerOptions, "durableFunctions" | "functions">> {
    const durableFunctions: Record<string, AnyDurableLambdaHandler> = {};
    const functions: Record<string, (input: unknown) => unknown> = {};
    for (const [name, { kind, handler }] of this.#byName) {
      if (kind === "durable") durableFunctions[name] = prepare(handler);
      else functions[name] = (input) => callLambdaHandler(handler, input);
    }
    return { durableFunctions, functions };
  }
}

/**
 * Calls a plain handler as Lambda does: its answer is what its promise resolves to, or what it gives to
 * its callback. A handler that takes no callback and returns no promise has answered null.
 */
async function callLambdaHandler(handler: AnyLambdaHandler, input: unknown): Promise<unknown> {
  const answer = await new Promise((resolve, reject) => {
    const callback = (error: unknown, result: unknown): void => {
      if (error === undefined || error === null || error === "") resolve(result);
      else reject(asError(error));
    };
    const returned = handler(input as never, lambdaContext() as never, callback as never);
    if (isPromise(returned)) returned.then(resolve, reject);
    else if (handler.length < 3) resolve(null);
  });
  const text = JSON.stringify(answer) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

/** What a handler gave to its callback as an error; one of another realm is none of ours. */
function asError(error: unknown): Error {
  return Object.prototype.toString.call(error) === "[object Error]"
    ? (error as Error)
    : new Error(String(error));
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
