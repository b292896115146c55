/**
 * The least service that an execution of a handler can do with: the floor of what runs handlers of an SDK.
 *
 * A map of operations. A checkpoint is answered at once; a callback and a wait are over when the handler is invoked
 * again. There is no clock, no check, no history. Both SDKs take its client with the event of an invocation.
 */
import type { AnyDurableLambdaHandler } from "@durabletest/testing";

interface Operation {
  readonly Id: string;
  readonly Type: string;
  Status: string;
  [detail: string]: unknown;
}

interface Update extends Operation {
  readonly Action: "START" | "SUCCEED";
  readonly Payload?: string;
}

const ARN = "arn:aws:lambda:us-east-1:123456789012:function:least:1/durable-execution/bench/1";

const lambdaContext = {
  awsRequestId: "request",
  functionName: "least",
  functionVersion: "1",
  invokedFunctionArn: ARN,
  getRemainingTimeInMillis: () => 60_000,
};

/** An event with a client beside it, by the class name and tag that AWS's SDK knows one by. */
class DurableExecutionInvocationInputWithClient {
  readonly DurableExecutionArn = ARN;
  readonly CheckpointToken = "1";
  readonly durableExecutionClient: LeastService;
  readonly InitialExecutionState: { readonly Operations: readonly Operation[] };

  constructor(client: LeastService, operations: Iterable<Operation>) {
    this.durableExecutionClient = client;
    this.InitialExecutionState = { Operations: Array.from(operations, (each) => ({ ...each })) };
  }

  get [Symbol.toStringTag](): string {
    return "DurableExecutionInvocationInputWithClient";
  }
}

class LeastService {
  readonly #operations = new Map<string, Operation>([
    [
      "execution",
      {
        Id: "execution",
        Type: "EXECUTION",
        Status: "STARTED",
        StartTimestamp: new Date(0),
        ExecutionDetails: { InputPayload: "null" },
      },
    ],
  ]);

  get event(): DurableExecutionInvocationInputWithClient {
    return new DurableExecutionInvocationInputWithClient(this, this.#operations.values());
  }

  async getExecutionState(): Promise<{ Operations: readonly Operation[] }> {
    return { Operations: [] };
  }

  async checkpoint({ Updates = [] }: { readonly Updates?: readonly Update[] }): Promise<object> {
    const Operations = Updates.map((update) => ({ ...this.#update(update) }));
    return { CheckpointToken: "1", NewExecutionState: { Operations } };
  }

  #update({ Action, Payload, ...rest }: Update): Operation {
    const operation = this.#operations.get(rest.Id) ?? { ...rest, StartTimestamp: new Date(0) };
    this.#operations.set(operation.Id, operation);
    operation.Status = Action === "START" ? "STARTED" : "SUCCEEDED";
    if (operation.Type === "STEP") operation["StepDetails"] = { Attempt: 1, Result: Payload };
    if (operation.Type === "CALLBACK") operation["CallbackDetails"] = { CallbackId: "callback" };
    if (operation.Type === "WAIT") operation["WaitDetails"] = {};
    return operation;
  }

  /** What was waited for is over. */
  passTime(): void {
    for (const operation of this.#operations.values()) {
      if (operation.Status !== "STARTED" || operation.Type === "EXECUTION") continue;
      operation.Status = "SUCCEEDED";
      if (operation.Type === "CALLBACK") {
        operation["CallbackDetails"] = { CallbackId: "callback", Result: '"yes"' };
      }
    }
  }
}

/** Runs an execution to its end. */
export async function runOnLeastService(handler: AnyDurableLambdaHandler): Promise<void> {
  const service = new LeastService();
  const invoke = handler as unknown as (
    event: object,
    context: object,
  ) => Promise<{ readonly Status: string }>;
  for (;;) {
    const { Status } = await invoke(service.event, lambdaContext);
    if (Status === "SUCCEEDED") return;
    if (Status === "FAILED") throw new Error("The handler has failed.");
    service.passTime();
  }
}

/** Has timers come at once: AWS's SDK waits for one before it suspends. For the whole process. */
export function timersComeAtOnce(): void {
  const { setTimeout, clearTimeout } = globalThis;
  const atOnce = (callback: () => void, ms: number): object =>
    ms > 100 ? setTimeout(callback, ms).unref() : setImmediate(callback);
  Object.assign(globalThis, {
    setTimeout: atOnce,
    clearTimeout: (timer: NodeJS.Timeout | NodeJS.Immediate | undefined) => {
      clearImmediate(timer as NodeJS.Immediate);
      clearTimeout(timer as NodeJS.Timeout);
    },
  });
}
