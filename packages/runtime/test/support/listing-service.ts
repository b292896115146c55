import type {
  CheckpointRequest,
  CheckpointResponse,
  DurableExecutionInvocationOutput,
  ServiceClient,
} from "../../src/index.ts";
import {
  isEnded,
  type Operation,
  type OperationUpdate,
  ServiceLimits,
} from "../../src/protocol.ts";

/** So many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/**
 * A service for one execution, written for tests, that lists operations by when they started, in its answers and
 * in its states. What is in one checkpoint happens at one time.
 */
export class ListingService implements ServiceClient {
  readonly limits: ServiceLimits;
  readonly #operations = new Map<string, Operation>();
  readonly #tellsBack: boolean;
  #now = 0;
  #token = 1;

  constructor(options: { readonly tellsBack: boolean; readonly payloadBytes: number }) {
    this.#tellsBack = options.tellsBack;
    this.limits = { ...ServiceLimits, payloadBytes: options.payloadBytes };
  }

  async checkpoint({ Updates = [] }: CheckpointRequest): Promise<CheckpointResponse> {
    await turns(3);
    this.#token += 1;
    this.#now += 1;
    for (const update of Updates) this.#apply(update);
    const changed = new Set(this.#tellsBack ? Updates.map(({ Id }) => Id) : []);
    const Operations = [...this.#operations.values()].filter(({ Id }) => changed.has(Id));
    return { CheckpointToken: String(this.#token), NewExecutionState: { Operations } };
  }

  async getExecutionState(): Promise<never> {
    throw new Error("There is one page.");
  }

  /** All waits are over, one after the other. */
  letTimePass(): void {
    for (const operation of this.#operations.values()) {
      if (operation.Type === "WAIT" && !isEnded(operation.Status)) {
        this.#now += 1;
        this.#set({ ...operation, Status: "SUCCEEDED", EndTimestamp: this.#date });
      }
    }
  }

  invoke(
    handler: (event: unknown) => Promise<DurableExecutionInvocationOutput>,
  ): Promise<DurableExecutionInvocationOutput> {
    const root = { Id: "e", Type: "EXECUTION", Status: "STARTED", StartTimestamp: new Date(0) };
    const operations = [...this.#operations.values()].filter((each) => !this.#isHidden(each));
    return handler({
      DurableExecutionArn: "arn:test",
      CheckpointToken: String(this.#token),
      InitialExecutionState: { Operations: [root, ...operations] },
      durableExecutionClient: this,
    });
  }

  get #date(): Date {
    return new Date(this.#now);
  }

  #set(operation: Operation): void {
    this.#operations.set(operation.Id, operation);
  }

  #apply({ Id, ParentId, Name, Type, SubType, Action, ...update }: OperationUpdate): void {
    const started = { Id, ParentId, Name, Type, SubType, StartTimestamp: this.#date };
    if (Action === "START") {
      this.#set({ ...started, Status: "STARTED" });
      return;
    }
    const details = { Result: update.Payload, Error: update.Error };
    const { ReplayChildren } = update.ContextOptions ?? {};
    this.#set({
      ...(this.#operations.get(Id) ?? started),
      Status: Action === "FAIL" ? "FAILED" : "SUCCEEDED",
      EndTimestamp: this.#date,
      ...(Type === "STEP"
        ? { StepDetails: { ...details, Attempt: 1 } }
        : { ContextDetails: { ...details, ReplayChildren } }),
    });
  }

  /** What a context contains goes with it, unless that is made again. */
  #isHidden({ ParentId = "" }: Operation): boolean {
    const parent = this.#operations.get(ParentId);
    if (parent === undefined) return false;
    const { ContextDetails } = parent;
    return (
      (isEnded(parent.Status) && ContextDetails?.ReplayChildren !== true) || this.#isHidden(parent)
    );
  }
}
