import { ChildContextError } from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { ServiceLimits } from "../protocol/limits.ts";
import { isEnded, type Operation, OperationSubType } from "../protocol/operation.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import { deserialize, exceeds, type Serdes, serialize } from "../serdes.ts";
import { settleFrom } from "./callback.ts";

interface ContextOptions<T> {
  readonly name: string | undefined;
  readonly body: (scope: ContextScope) => Promise<T>;
  readonly serdes: Serdes<never>;
}

/** Runs a function whose operations form a group of their own, with one result. */
export function runInChildContext<T>(
  scope: ContextScope,
  place: Place,
  options: ContextOptions<T>,
): Promise<T> {
  return runContext(scope, place, {
    ...options,
    subType: OperationSubType.RUN_IN_CHILD_CONTEXT,
    toError: (error) =>
      new ChildContextError(options.name, error, { cause: errorFromObject(error) }),
  });
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
    readonly toError: (error: ErrorObject) => Error;
  },
): Promise<T> {
  const { execution } = scope;
  const { name, subType, serdes, toError } = options;
  const request = {
    Id: place.id,
    ParentId: place.parentId,
    Name: name,
    Type: "CONTEXT",
    SubType: subType,
  } as const;
  const what = name === undefined ? `an unnamed ${subType}` : `${subType} "${name}"`;
  const { promise, resolve, reject } = OperationPromise.open<T>(execution);
  const read = (text: string | undefined): T | Promise<T> =>
    deserialize(serdes, text, what) as T | Promise<T>;
  const finish = (operation: Operation): void => {
    const { Result, Error: error } = operation.ContextDetails ?? {};
    if (operation.Status === "SUCCEEDED") settleFrom(() => read(Result), resolve, reject);
    else reject(toError(error ?? {}));
  };

  const makeResult = async (child: ContextScope): Promise<string | undefined> =>
    serialize(serdes, await options.body(child), what);
  const run = async (): Promise<void> => {
    const child = scope.child(place);
    let text: string | undefined;
    try {
      text = await makeResult(child);
    } catch (error) {
      const object = errorForCheckpoint(error);
      execution.checkpoint({ ...request, Action: "FAIL", Error: object, ...keeping(child, false) });
      execution.whenChanged(place.id, () => reject(toError(object)));
      return;
    }
    const large = exceeds(text, ServiceLimits.payloadBytes);
    execution.checkpoint({
      ...request,
      Action: "SUCCEED",
      Payload: large ? "" : text,
      ...keeping(child, large),
    });
    execution.whenChanged(place.id, () => settleFrom(() => read(text), resolve, reject));
  };

  /** The body runs again: for a result too large to be stored, and for callbacks others may ask for. */
  const replayChildren = (recorded: Operation): void => {
    const again = makeResult(scope.child(place));
    if (recorded.Status === "SUCCEEDED" && !recorded.ContextDetails?.Result) {
      // In its turn all the same: when it ended, not when it has been made again.
      const inTurn = (text: string | undefined): void =>
        execution.whenChanged(place.id, () => settleFrom(() => read(text), resolve, reject));
      again.then(inTurn, reject);
    } else {
      again.catch(() => {}); // what became of it stands in the record
      execution.whenChanged(place.id, finish);
    }
  };

  const recorded = execution.recall(request);
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
