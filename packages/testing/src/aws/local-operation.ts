import type { Operation } from "@aws/durable-execution-sdk-js";
import type { OperationRecord } from "../service/state.ts";

/** An operation as AWS's runner shows it: there is no attempt before the first has ended. */
export function awsOperation({ operation }: OperationRecord): Operation {
  const { StepDetails } = operation;
  if (StepDetails === undefined) return operation as Operation;
  const { Attempt = 0, ...details } = StepDetails;
  return {
    ...operation,
    StepDetails: Attempt === 0 ? details : StepDetails,
  } as Operation;
}
