import type { ErrorObject } from "./error-object.ts";
import type { OperationType } from "./operation.ts";

/** What a checkpoint asks the service to do with one operation. */
export type OperationAction = "START" | "SUCCEED" | "FAIL" | "RETRY" | "CANCEL";

/** One change of one operation, as a checkpoint carries it. */
export interface OperationUpdate {
  readonly Id: string;
  readonly ParentId?: string | undefined;
  readonly Name?: string | undefined;
  readonly Type: OperationType;
  readonly SubType?: string | undefined;
  readonly Action: OperationAction;
  /** The serialised result; the state of a step that asks to be retried. */
  readonly Payload?: string | undefined;
  readonly Error?: ErrorObject | undefined;
  readonly ContextOptions?: { readonly ReplayChildren?: boolean | undefined } | undefined;
  readonly StepOptions?: { readonly NextAttemptDelaySeconds?: number | undefined } | undefined;
  readonly WaitOptions?: { readonly WaitSeconds?: number | undefined } | undefined;
  readonly CallbackOptions?:
    | {
        /** 0 or absent: none. */
        readonly TimeoutSeconds?: number | undefined;
        /** 0 or absent: none. */
        readonly HeartbeatTimeoutSeconds?: number | undefined;
      }
    | undefined;
  readonly ChainedInvokeOptions?:
    | { readonly FunctionName?: string | undefined; readonly TenantId?: string | undefined }
    | undefined;
}
