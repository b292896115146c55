import type { ErrorObject } from "./error-object.ts";
import type { Operation } from "./operation.ts";

/** The event with which the service invokes a durable handler. */
export interface DurableExecutionInvocationInput {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  /** Operations changed from outside since the last invocation. */
  readonly UpdatedOperationIds?: readonly string[] | undefined;
  readonly InitialExecutionState: {
    /** The EXECUTION first; more than one means replay. */
    readonly Operations?: readonly Operation[] | undefined;
    /** There is more: ask `getExecutionState`. */
    readonly NextMarker?: string | undefined;
  };
}

/** What a durable handler answers the service. */
export type DurableExecutionInvocationOutput =
  /** `Result` is JSON text; empty when it was checkpointed because of its size. */
  | { readonly Status: "SUCCEEDED"; readonly Result?: string | undefined }
  | { readonly Status: "FAILED"; readonly Error: ErrorObject }
  /** Invoke again when an operation has changed. */
  | { readonly Status: "PENDING" };
