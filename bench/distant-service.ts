import type {
  CheckpointRequest,
  CheckpointResponse,
  ExecutionStateResponse,
  Operation,
  OperationUpdate,
  ServiceClient,
} from "@durabletest/runtime/protocol";

/**
 * A service for one invocation that is some way off: every answer takes a while. It takes whatever a handler
 * of steps and contexts sends, and tells it back.
 *
 * Owns: the operations, the chain of tokens, the number of requests.
 */
export class DistantService implements ServiceClient {
  readonly #responseMs: number;
  readonly #operations = new Map<string, Operation>();
  #requests = 0;

  constructor(responseMs: number) {
    this.#responseMs = responseMs;
  }

  get requests(): number {
    return this.#requests;
  }

  async checkpoint(request: CheckpointRequest): Promise<CheckpointResponse> {
    const { CheckpointToken, Updates = [] } = request;
    if (CheckpointToken !== String(this.#requests)) {
      throw new Error(`Invalid Checkpoint Token: ${CheckpointToken}`);
    }
    await this.#pause();
    this.#requests += 1;
    const changed = new Map<string, Operation>();
    for (const update of Updates) {
      const operation = operationAfter(update, this.#operations.get(update.Id));
      this.#operations.set(update.Id, operation);
      changed.set(update.Id, operation);
    }
    return {
      CheckpointToken: String(this.#requests),
      NewExecutionState: { Operations: [...changed.values()] },
    };
  }

  async getExecutionState(): Promise<ExecutionStateResponse> {
    throw new Error("The state of a first invocation has one page.");
  }

  /** The event of the first invocation, as AWS's SDK takes one that brings its client along. */
  event(): object {
    return new DurableExecutionInvocationInputWithClient(this);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, this.#responseMs);
    });
  }
}

/** AWS's SDK goes by the name of the class. */
class DurableExecutionInvocationInputWithClient {
  readonly DurableExecutionArn = "arn:bench";
  readonly CheckpointToken = "0";
  readonly InitialExecutionState: { readonly Operations: readonly Operation[] };
  readonly durableExecutionClient: ServiceClient;

  constructor(client: ServiceClient) {
    this.durableExecutionClient = client;
    this.InitialExecutionState = {
      Operations: [
        {
          Id: "execution",
          Type: "EXECUTION",
          Status: "STARTED",
          StartTimestamp: new Date(),
          ExecutionDetails: { InputPayload: "{}" },
        },
      ],
    };
  }

  get [Symbol.toStringTag](): string {
    return "DurableExecutionInvocationInputWithClient";
  }
}

function operationAfter(update: OperationUpdate, known: Operation | undefined): Operation {
  const { Id, ParentId, Name, Type, SubType, Action, Payload, Error: error } = update;
  const operation: Operation = {
    ...(known ?? { Id, ParentId, Name, Type, SubType, StartTimestamp: new Date() }),
    Status: Action === "START" ? "STARTED" : Action === "SUCCEED" ? "SUCCEEDED" : "FAILED",
  };
  if (Action === "START") return operation;
  const details = { Result: Payload, Error: error };
  return {
    ...operation,
    EndTimestamp: new Date(),
    ...(Type === "STEP" ? { StepDetails: details } : { ContextDetails: details }),
  };
}
