import type { Operation, OperationStatus } from "../protocol/operation.ts";
import type { OperationAction, OperationUpdate } from "../protocol/update.ts";

/**
 * What an update has made of an operation, once the service has taken it: the service need not say so.
 *
 * Only the service knows the id of a callback and the times.
 *
 * @param known - the operation before, which has not ended.
 */
export function operationAfter(update: OperationUpdate, known: Operation | undefined): Operation {
  const { Action, Id, ParentId, Name, Type, SubType } = update;
  return {
    ...(known ?? { Id, ParentId, Name, Type, SubType, StartTimestamp: new Date(0) }),
    Status: statusAfter(Action),
    ...detailsAfter(update, known),
  };
}

/** Whether an update says how its operation has ended. */
export function isClosing({ Action }: OperationUpdate): boolean {
  return Action === "SUCCEED" || Action === "FAIL";
}

function statusAfter(action: OperationAction): OperationStatus {
  switch (action) {
    case "START":
      return "STARTED";
    case "RETRY":
      return "PENDING";
    case "SUCCEED":
      return "SUCCEEDED";
    case "FAIL":
      return "FAILED";
    case "CANCEL":
      return "CANCELLED";
  }
}

function detailsAfter(
  update: OperationUpdate,
  known: Operation | undefined,
): Pick<Operation, "StepDetails" | "ContextDetails"> {
  const { Action, Type, ContextOptions } = update;
  if (Action === "START") return {};
  const details = { Result: update.Payload, Error: update.Error };
  if (Type === "CONTEXT") {
    return { ContextDetails: { ...details, ReplayChildren: ContextOptions?.ReplayChildren } };
  }
  if (Type !== "STEP") return {};
  const Attempt = (known?.StepDetails?.Attempt ?? 0) + 1;
  return { StepDetails: { ...details, Attempt } };
}
