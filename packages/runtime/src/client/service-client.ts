import type { Operation } from "../protocol/operation.ts";
import type { LoggedLine } from "../logger.ts";
import type { ServiceLimits } from "../protocol/limits.ts";
import type { OperationUpdate } from "../protocol/update.ts";

/** A batch of updates, applied whole or not at all. */
export interface CheckpointRequest {
  readonly DurableExecutionArn: string;
  /** Good for one checkpoint; the response brings the next. */
  readonly CheckpointToken: string;
  /** Empty: a poll for operations changed from outside. */
  readonly Updates?: readonly OperationUpdate[] | undefined;
  readonly ClientToken?: string | undefined;
}

/** The next token, and the operations that changed since the last one. */
export interface CheckpointResponse {
  readonly CheckpointToken?: string | undefined;
  readonly NewExecutionState?:
    | {
        readonly Operations?: readonly Operation[] | undefined;
        readonly NextMarker?: string | undefined;
      }
    | undefined;
}

/** One page of a long state. */
export interface ExecutionStateRequest {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** One page of a long state. */
export interface ExecutionStateResponse {
  readonly Operations?: readonly Operation[] | undefined;
  readonly NextMarker?: string | undefined;
}

/**
 * The service, as a handler reaches it during an invocation: AWS Lambda in production, an in-memory
 * one in a test.
 *
 * Source: the Lambda API's CheckpointDurableExecution and GetDurableExecutionState.
 */
export interface ServiceClient {
  checkpoint(request: CheckpointRequest): Promise<CheckpointResponse>;
  getExecutionState(request: ExecutionStateRequest): Promise<ExecutionStateResponse>;
  /** Of the service behind it. Default: those of AWS Lambda. */
  readonly limits?: ServiceLimits | undefined;
  /** For clients that live in the handler's process: is given a hold on each invocation that begins. */
  invocationBegins?(invocation: RunningInvocation): void;
  /**
   * For clients that live in the handler's process: is told when the function of a step, or the check of a
   * condition, is called, and when it has returned or thrown.
   */
  bodyRuns?(operationId: string, moment: "begins" | "settles"): void;
  /**
   * For clients that live in the handler's process: may do something else in the place of the function of a
   * step, or of the check of a condition, or do it later.
   *
   * @param run - does what the handler says; call it at most once.
   * @returns what becomes of the attempt; undefined: it goes as the handler says.
   */
  runBody?(attempt: BodyAttempt, run: () => Promise<unknown>): Promise<unknown> | undefined;
  /**
   * For clients that live in the handler's process: is shown what `context.logger` is to write, unless the
   * handler has a logger of its own.
   *
   * @returns whether it keeps the line; else `console` writes it.
   */
  logged?(line: LoggedLine): boolean;
  /**
   * For clients that live in the handler's process: calls back, once, when what is already on its way to handler
   * code has arrived. Only then is an invocation suspended. Default: after a turn of the event loop.
   */
  whenAllHasArrived?(arrived: () => void): void;
  /**
   * For tools that look for the place in the code where an operation was called. A client that has it is
   * told of every operation the handler asks for, and no step's function is run.
   *
   * @param callSite - `"at handler (src/handler.ts:12:5)"`; empty when it cannot be told.
   */
  operationCalled?(operationId: string, callSite: string): void;
  /**
   * For tools that compare what the handler asks for with what was recorded. A client that has it is told of
   * every operation the handler asks for, before the runtime compares it, and no step's function is run.
   */
  operationRequested?(
    operation: Pick<Operation, "Id" | "ParentId" | "Name" | "Type" | "SubType">,
  ): void;
  /** For clients that live in the handler's process: is told who waits for what. */
  readonly promises?: PromiseWatch | undefined;
}

/** A context around an operation. */
export interface SurroundingContext {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string | undefined;
  /** `"MapIteration"`, `"WaitForCallback"`, … */
  readonly subType: string | undefined;
}

/** One attempt of a step, or of a condition. */
export interface BodyAttempt {
  readonly operationId: string;
  readonly parentId: string | undefined;
  readonly name: string | undefined;
  /** 1 for the first. */
  readonly attempt: number;
  /** The contexts around it, the outermost first; the service may not have heard of them yet. */
  readonly around: () => readonly SurroundingContext[];
}

/** Is told what becomes of the promises of operations, in the user's hands. */
export interface PromiseWatch {
  /** The handler has been given the promise of an operation. */
  made(operationId: string): void;
  /** Somebody awaits it, for the first time in this invocation. */
  awaited(operationId: string): void;
  /** The handler has returned, without an error. */
  handlerReturned(): void;
}

/** A hold on an invocation from within its process. */
export interface RunningInvocation {
  /**
   * Sends what is queued, because something is about to happen in the process that comes after it:
   * handler code exits, or answers a callback itself.
   */
  flush(): void;
  /** The sandbox is dead: nothing in it is recorded, asked or retried any more. */
  abandon(): void;
  /** The step that the running code is part of; undefined outside of steps. */
  runningStep(): Pick<BodyAttempt, "operationId" | "attempt"> | undefined;
}
