import type { ChildContextConfig } from "../config.ts";
import { describeValue } from "../describe-value.ts";
import { asError, ChildContextError, describeOperation, InvalidArgumentError } from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { isEnded, type Operation, OperationSubType } from "../protocol/operation.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import { type ContextScope, type Place, runningScope } from "../replay/scope.ts";
import { assertPayloadFits, deserialize, exceeds, type Serdes, serialize } from "../serdes.ts";
import { settleFrom } from "./settle.ts";
import { isSummary, textOf, writeSummary } from "./summary.ts";

interface ContextOptions<T> {
  readonly name: string | undefined;
  /** What it is, for messages: "child context". */
  readonly kind: string;
  /** Whether the user's code in it is given a context of its own. */
  readonly givesContext?: boolean;
  /** @param stored - what was stored in place of a result that this is to make anew. */
  readonly body: (scope: ContextScope, stored?: string) => Promise<T>;
  readonly serdes: Serdes<never>;
  readonly toError: (error: ErrorObject) => Error;
}

/** Runs a function whose operations form a group of their own, with one result. */
export function runInChildContext<T>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly name: string | undefined;
    readonly body: (scope: ContextScope) => Promise<T>;
    readonly config: ChildContextConfig<T>;
    readonly serdes: Serdes<never>;
  },
): Promise<T> {
  const { name, body, config } = options;
  const { subType = OperationSubType.RUN_IN_CHILD_CONTEXT, errorMapper, summaryGenerator } = config;
  const context: ContextOptions<T> = {
    name,
    kind: "child context",
    givesContext: true,
    body,
    serdes: (config.serdes as Serdes<never> | undefined) ?? options.serdes,
    toError: (object) => {
      const error = new ChildContextError(name, object, { cause: errorFromObject(object) });
      return errorMapper === undefined ? error : mappedError(errorMapper, error);
    },
  };
  if (config.nesting === "FLAT") {
    const { promise, resolve, reject } = OperationPromise.open<T>(scope, { id: place.id });
    runVirtualContext(scope, place, context).then(resolve, reject);
    return promise;
  }
  return runContext(scope, place, {
    ...context,
    subType,
    ...(summaryGenerator !== undefined && {
      summary: {
        of: (value) => writeSummary(textOf(summaryGenerator(value))),
        is: isSummary,
      },
    }),
  });
}

/** What a mapper throws counts as what it makes. */
function mappedError(
  errorMapper: (error: ChildContextError) => Error,
  error: ChildContextError,
): Error {
  try {
    const mapped: unknown = errorMapper(error);
    if (mapped instanceof Error) return mapped;
    return new InvalidArgumentError(
      `The errorMapper returned ${describeValue(mapped)}; it must return an Error.`,
      { cause: error },
    );
  } catch (thrown) {
    return asError(thrown);
  }
}

/**
 * A CONTEXT operation of any subtype.
 *
 * A result too large to be stored is not: the service keeps the children instead, and the body runs
 * again on replay to make the result anew.
 */
export function runContext<T>(
  scope: ContextScope,
  place: Place,
  options: ContextOptions<T> & {
    readonly subType: string;
    /** The errors in a result, which are told where it is awaited. */
    readonly failuresIn?: (value: T) => readonly Error[];
    /** What stands for a result too large to be stored: how it is made, and how it is told from one. */
    readonly summary?: {
      readonly of: (value: T) => string;
      readonly is: (text: string) => boolean;
    };
  },
): Promise<T> {
  const { execution } = scope;
  const { name, kind, givesContext = false, subType, serdes, toError } = options;
  const { summary, failuresIn } = options;
  const request = {
    Id: place.id,
    ParentId: place.parentId,
    Name: name,
    Type: "CONTEXT",
    SubType: subType,
  } as const;
  const what = describeOperation(kind, name);
  const origin = { name, subType, what, givesContext };
  const { promise, resolve: settle, reject } = OperationPromise.open<T>(scope, { id: place.id });
  const resolve = (value: T): void => settle(value, failuresIn?.(value));
  const read = (text: string | undefined): T | Promise<T> =>
    deserialize(execution, serdes, text, what) as T | Promise<T>;
  const finish = (operation: Operation): void => {
    const { Result, Error: error } = operation.ContextDetails ?? {};
    if (operation.Status === "SUCCEEDED") settleFrom(() => read(Result), resolve, reject);
    else reject(toError(error ?? {}));
  };

  const inside = (child: ContextScope, stored?: string): Promise<T> =>
    runningScope.run(child, () => options.body(child, stored));

  const run = async (): Promise<void> => {
    const child = scope.child(place, origin);
    let text: string | undefined;
    let payload: string | undefined;
    try {
      const value = await inside(child);
      if (execution.observed) await execution.heardOut();
      child.close(); // before a serdes takes its time: what is still going on in there is too late
      text = await serialize(execution, serdes, value, what);
      payload = exceeds(text, execution.limits.payloadBytes) ? (summary?.of(value) ?? "") : text;
      assertPayloadFits(payload, what, execution.limits, "summary");
    } catch (error) {
      if (execution.observed) await execution.heardOut();
      child.close();
      if (scope.sealed) return;
      const object = errorForCheckpoint(error, execution.limits);
      execution.checkpoint({ ...request, Action: "FAIL", Error: object, ...keeping(child, false) });
      execution.whenChanged(place.id, () => reject(toError(object)));
      return;
    }
    if (scope.sealed) return;
    execution.checkpoint({
      ...request,
      Action: "SUCCEED",
      Payload: payload,
      ...keeping(child, payload !== text),
    });
    execution.whenChanged(place.id, () => settleFrom(() => read(text), resolve, reject));
  };

  /** The body runs again: for a result too large to be stored, and for callbacks others may ask for. */
  const replayChildren = ({ Status, ContextDetails }: Operation): void => {
    const child = scope.child(place, origin);
    child.close();
    const stored = ContextDetails?.Result;
    const again = inside(child, stored);
    if (Status === "SUCCEEDED" && (!stored || summary?.is(stored) === true)) {
      // In its turn all the same: when it ended, not when it has been made again.
      const inTurn = (text: string | undefined): void =>
        execution.whenChanged(place.id, () => settleFrom(() => read(text), resolve, reject));
      again.then((value) => serialize(execution, serdes, value, what)).then(inTurn, reject);
    } else {
      again.catch(() => {}); // what became of it stands in the record
      execution.whenChanged(place.id, finish);
    }
  };

  const recorded = execution.recall(request);
  if (scope.isOver(recorded)) {
    // Given up. Callbacks that were made in there may still be asked for.
    if (recorded !== undefined) inside(scope.child(place, origin)).catch(() => {});
    return promise;
  }
  if (recorded === undefined) execution.checkpoint({ ...request, Action: "START" });
  if (recorded === undefined || !isEnded(recorded.Status)) {
    void run();
  } else if (recorded.ContextDetails?.ReplayChildren === true) {
    replayChildren(recorded);
  } else {
    execution.whenChanged(place.id, finish);
  }
  return promise;
}

/**
 * Runs a function as a context that is not recorded: what is made in it is recorded as if made around it,
 * and it runs again on every replay.
 */
export async function runVirtualContext<T>(
  scope: ContextScope,
  place: Place,
  options: ContextOptions<T>,
): Promise<T> {
  const { execution } = scope;
  const { name, kind, givesContext = false, body, serdes, toError } = options;
  const what = describeOperation(kind, name);
  const child = scope.virtualChild(place, { name, what, givesContext });
  try {
    const value = await runningScope.run(child, () => body(child));
    child.close();
    const text = await serialize(execution, serdes, value, what);
    return (await deserialize(execution, serdes, text, what)) as T;
  } catch (error) {
    child.close();
    throw toError(errorForCheckpoint(error));
  }
}

/**
 * What becomes of the children when their context closes. The service must keep them if a callback in
 * there is open, or nobody has got its outcome: it may still be asked for, by its id, from outside.
 * Otherwise its callbacks go with the context, in this invocation as for those to come.
 */
function keeping(
  child: ContextScope,
  large: boolean,
): { readonly ContextOptions?: { readonly ReplayChildren: true } } {
  const { callbacks, forgottenCallbacks } = child.execution;
  const ids: string[] = [];
  let keep = large;
  for (const { Status, CallbackDetails } of child.callbacksInside()) {
    const { CallbackId = "" } = CallbackDetails ?? {};
    ids.push(CallbackId);
    if (!isEnded(Status) || callbacks.get(CallbackId)?.asked !== true) keep = true;
  }
  if (keep) return { ContextOptions: { ReplayChildren: true } };
  for (const id of ids) forgottenCallbacks.add(id);
  return {};
}
