import type {
  Event,
  SendDurableExecutionCallbackFailureResponse,
  SendDurableExecutionCallbackHeartbeatResponse,
  SendDurableExecutionCallbackSuccessResponse,
} from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation, OperationSubType } from "@aws/durable-execution-sdk-js";
import { isEnded } from "@durabletest/runtime/protocol";
import { type OperationStatus, type OperationType, WaitingOperationStatus } from "./names.ts";
import {
  callbackDetails,
  chainedInvokeDetails,
  contextDetails,
  describe,
  stepDetails,
  waitDetails,
} from "./operation-details.ts";
import type { OperationIndex } from "./operation-index.ts";
import type {
  CallbackDetails,
  ChainedInvokeDetails,
  ContextDetails,
  DurableOperation,
  StepDetails,
  Untyped,
  WaitResultDetails,
} from "./types.ts";

/** An operation of an execution. */
export interface FoundOperation {
  readonly index: OperationIndex;
  readonly id: string;
}

/** Where a handle belongs to. */
export interface HandleOwner {
  /** Resolves when the operation has come that far; rejects when the execution ends first. */
  waitFor(handle: OperationHandle, status: WaitingOperationStatus): Promise<void>;
  /** A handle on an operation inside another. */
  handleOn(found: FoundOperation): OperationHandle;
}

/**
 * A handle on an operation. It holds no data of its own: whatever is asked is looked up.
 */
export class OperationHandle<TResult = Untyped> implements DurableOperation<TResult> {
  readonly #owner: HandleOwner;
  readonly #locate: () => FoundOperation | undefined;
  #lastFound: FoundOperation | undefined;

  constructor(owner: HandleOwner, locate: () => FoundOperation | undefined) {
    this.#owner = owner;
    this.#locate = locate;
  }

  /** The operation it stands for now; that of the last run until the next has one. */
  get found(): FoundOperation | undefined {
    this.#lastFound = this.#locate() ?? this.#lastFound;
    return this.#lastFound;
  }

  /** Whether the operation has come as far as that. */
  hasReached(status: WaitingOperationStatus): boolean {
    const { found } = this;
    const operation = this.getOperationData();
    if (found === undefined || operation === undefined) return false;
    if (hasEnded(operation)) return true;
    if (!isWaitForCallback(operation)) return status === WaitingOperationStatus.STARTED;
    const children = childrenOf(found);
    const callback = children.find(({ Type }) => Type === "CALLBACK");
    if (callback === undefined) return false;
    switch (status) {
      case WaitingOperationStatus.STARTED:
        return true;
      case WaitingOperationStatus.SUBMITTED:
        return children.some(hasEnded);
      case WaitingOperationStatus.COMPLETED:
        return hasEnded(callback);
    }
  }

  async waitForData(
    status: WaitingOperationStatus = WaitingOperationStatus.STARTED,
  ): Promise<this> {
    await this.#owner.waitFor(this, status);
    return this;
  }

  getContextDetails(): ContextDetails<TResult> | undefined {
    const operation = this.getOperationData();
    return operation && contextDetails<TResult>(operation);
  }

  getStepDetails(): StepDetails<TResult> | undefined {
    const operation = this.getOperationData();
    return operation && stepDetails<TResult>(operation);
  }

  getChainedInvokeDetails(): ChainedInvokeDetails<TResult> | undefined {
    const operation = this.getOperationData();
    return operation && chainedInvokeDetails<TResult>(operation);
  }

  getCallbackDetails(): CallbackDetails<TResult> | undefined {
    const { found } = this;
    const operation = this.getOperationData();
    if (found === undefined || operation === undefined) return undefined;
    if (operation.Type === "CALLBACK") return callbackDetails<TResult>(operation);
    if (!isWaitForCallback(operation)) {
      throw new Error(
        `${describe(operation)} is not a valid callback: neither a CALLBACK nor a waitForCallback.`,
      );
    }
    const callback = childrenOf(found).find(({ Type }) => Type === "CALLBACK");
    if (callback === undefined) {
      throw new Error(
        `${describe(operation)} has started no callback yet. Await waitForData() first.`,
      );
    }
    return callbackDetails<TResult>(callback);
  }

  getWaitDetails(): WaitResultDetails | undefined {
    const operation = this.getOperationData();
    return operation && waitDetails(operation, this.getEvents() ?? []);
  }

  getChildOperations(): DurableOperation[] | undefined {
    const { found } = this;
    return found?.index
      .childrenOf(found.id)
      .map((id) => this.#owner.handleOn({ index: found.index, id }));
  }

  getOperationData(): Operation | undefined {
    const { found } = this;
    return found?.index.operation(found.id);
  }

  getEvents(): Event[] | undefined {
    const { found } = this;
    return found && [...found.index.eventsOf(found.id)];
  }

  getId(): string | undefined {
    return this.found?.id;
  }

  getParentId(): string | undefined {
    return this.getOperationData()?.ParentId;
  }

  getName(): string | undefined {
    return this.getOperationData()?.Name;
  }

  getType(): OperationType | undefined {
    return this.getOperationData()?.Type;
  }

  getSubType(): OperationSubType | undefined {
    // The service stores what the SDK sent; the SDK names what it sends.
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
    return this.getOperationData()?.SubType as OperationSubType | undefined;
  }

  isWaitForCallback(): boolean {
    const operation = this.getOperationData();
    return operation !== undefined && isWaitForCallback(operation);
  }

  isCallback(): boolean {
    return this.getType() === "CALLBACK";
  }

  getStatus(): OperationStatus | undefined {
    return this.getOperationData()?.Status;
  }

  getStartTimestamp(): Date | undefined {
    return this.getOperationData()?.StartTimestamp;
  }

  getEndTimestamp(): Date | undefined {
    return this.getOperationData()?.EndTimestamp;
  }

  sendCallbackSuccess(result?: string): Promise<SendDurableExecutionCallbackSuccessResponse> {
    const { calls, callbackId } = this.#callback("sendCallbackSuccess");
    return calls.succeed(callbackId, result);
  }

  sendCallbackFailure(error?: ErrorObject): Promise<SendDurableExecutionCallbackFailureResponse> {
    const { calls, callbackId } = this.#callback("sendCallbackFailure");
    return calls.fail(callbackId, error);
  }

  sendCallbackHeartbeat(): Promise<SendDurableExecutionCallbackHeartbeatResponse> {
    const { calls, callbackId } = this.#callback("sendCallbackHeartbeat");
    return calls.heartbeat(callbackId);
  }

  #callback(method: string): {
    readonly calls: OperationIndex["source"];
    readonly callbackId: string;
  } {
    const { found } = this;
    const details = this.getCallbackDetails();
    if (found === undefined || details === undefined) {
      throw new Error(
        `Could not find callback details: ${method} was called before the operation has started. Await waitForData() first.`,
      );
    }
    return { calls: found.index.source, callbackId: details.callbackId };
  }
}

function hasEnded({ Status }: Operation): boolean {
  return Status !== undefined && isEnded(Status);
}

function isWaitForCallback({ Type, SubType }: Operation): boolean {
  return Type === "CONTEXT" && SubType === "WaitForCallback";
}

function childrenOf({ index, id }: FoundOperation): readonly Operation[] {
  return index.childrenOf(id).map((child) => index.operation(child));
}
