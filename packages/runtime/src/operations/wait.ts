import { isEnded, OperationSubType } from "../protocol/operation.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import { OutsideWait } from "../replay/outside-wait.ts";
import type { ContextScope, Place } from "../replay/scope.ts";

/** Lets virtual or real time pass without running. */
export function wait(
  scope: ContextScope,
  place: Place,
  options: { readonly name: string | undefined; readonly seconds: number },
): Promise<void> {
  const { execution } = scope;
  const request = {
    Id: place.id,
    ParentId: place.parentId,
    Name: options.name,
    Type: "WAIT",
    SubType: OperationSubType.WAIT,
  } as const;
  const recorded = execution.recall(request);
  const hasEnded = recorded !== undefined && isEnded(recorded.Status);
  const outside = hasEnded ? undefined : new OutsideWait(scope);
  const { promise, resolve } = OperationPromise.open<void>(scope, {
    id: place.id,
    ...(outside && { awaited: outside.awaited }),
  });
  if (scope.isOver(recorded)) return promise;
  if (recorded === undefined) {
    execution.checkpoint({
      ...request,
      Action: "START",
      WaitOptions: { WaitSeconds: options.seconds },
    });
  }
  outside?.opens();
  execution.whenChanged(place.id, () => {
    outside?.closes();
    resolve();
  });
  return promise;
}
