import type { Operation } from "@aws/durable-execution-sdk-js";
import { isEnded } from "@durabletest/runtime/protocol";
import type { OperationRecord } from "../service/state.ts";

/** An operation as AWS's runner shows it: there, an attempt counts once it has ended. */
export function awsOperation({ operation }: OperationRecord): Operation {
  const { StepDetails, Status } = operation;
  if (StepDetails === undefined) return operation as Operation;
  const { Attempt: before = 0, ...details } = StepDetails;
  const attempts = isEnded(Status) ? before + 1 : before;
  return {
    ...operation,
    StepDetails: attempts === 0 ? details : { ...details, Attempt: attempts },
  } as Operation;
}
