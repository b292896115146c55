import { asError, PromiseCombinatorError } from "../errors.ts";
import { OperationSubType } from "../protocol/operation.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { errorFromObject, withoutStack } from "../replay/checkpoint-error.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import { embed, extract, type Serdes } from "../serdes.ts";
import { runContext } from "./child-context.ts";

export type Combinator = "all" | "allSettled" | "any" | "race";

/** Waits for promises together, and remembers what came of that. */
export function combine(
  scope: ContextScope,
  place: Place,
  options: {
    readonly combinator: Combinator;
    readonly name: string | undefined;
    readonly promises: readonly unknown[];
    readonly serdes: Serdes<never>;
  },
): Promise<unknown> {
  const { combinator, name, promises, serdes } = options;
  return runContext<unknown>(scope, place, {
    name,
    subType: OperationSubType.RUN_IN_CHILD_CONTEXT,
    kind: `promise.${combinator}`,
    body: async () => joined(combinator, promises),
    serdes: combinator === "allSettled" ? (settledSerdes(serdes) as Serdes<never>) : serdes,
    ...(combinator === "allSettled" && { failuresIn: reasonsIn }),
    toError: (error) => new PromiseCombinatorError(name, error, { cause: errorFromObject(error) }),
  });
}

/**
 * Somebody waits for these, or would if the outcome were not known: no rejection of theirs is unhandled.
 * Promises of operations see to it themselves, and must not count as waited for.
 */
export function handle(promises: readonly unknown[]): void {
  for (const promise of promises) {
    if (promise instanceof Promise && !(promise instanceof OperationPromise)) {
      promise.catch(() => {});
    }
  }
}

function joined(combinator: Combinator, promises: readonly unknown[]): Promise<unknown> {
  switch (combinator) {
    case "all":
      return Promise.all(promises);
    case "allSettled":
      return Promise.allSettled(promises);
    case "any":
      return Promise.any(promises);
    case "race":
      return Promise.race(promises);
  }
}

function reasonsIn(outcomes: unknown): readonly Error[] {
  return (outcomes as readonly PromiseSettledResult<unknown>[]).flatMap((outcome) =>
    outcome.status === "rejected" ? asError(outcome.reason) : [],
  );
}

/** How one promise settled, as it is stored. */
type StoredOutcome =
  | { readonly status: "fulfilled"; readonly value?: unknown }
  | {
      readonly status: "rejected";
      readonly reason: { readonly message: string; readonly name: string; readonly data?: string };
    };

function settledSerdes(serdes: Serdes<never>): Serdes<readonly PromiseSettledResult<unknown>[]> {
  const stored = async (outcome: PromiseSettledResult<unknown>): Promise<StoredOutcome> =>
    outcome.status === "fulfilled"
      ? { status: "fulfilled", value: await embed(serdes, outcome.value) }
      : { status: "rejected", reason: storedReason(withoutStack(outcome.reason)) };
  const read = async (outcome: StoredOutcome): Promise<PromiseSettledResult<unknown>> => {
    if (outcome.status === "fulfilled") {
      return { status: "fulfilled", value: await extract(serdes, outcome.value) };
    }
    const { message, name, data } = outcome.reason;
    const reason = errorFromObject({ ErrorType: name, ErrorMessage: message, ErrorData: data });
    return { status: "rejected", reason };
  };
  return {
    serialize: async (outcomes = []) => JSON.stringify(await Promise.all(outcomes.map(stored))),
    deserialize: async (text) =>
      Promise.all((JSON.parse(text) as readonly StoredOutcome[]).map(read)),
  };
}

function storedReason({
  ErrorType = "Error",
  ErrorMessage = "",
  ErrorData,
}: ErrorObject): Extract<StoredOutcome, { readonly status: "rejected" }>["reason"] {
  return {
    message: ErrorMessage,
    name: ErrorType,
    ...(ErrorData !== undefined && { data: ErrorData }),
  };
}
