import type {
  CheckpointRequest,
  CheckpointResponse,
  DurableExecutionInvocationOutput,
  ExecutionStateRequest,
  ExecutionStateResponse,
  ServiceClient,
} from "../../src/index.ts";
import type { Operation, OperationUpdate } from "../../src/protocol.ts";

/** What a fake service does differently from one that takes everything and tells back nothing. */
export interface FakeServiceOptions {
  /** The operations a checkpoint's answer brings, beside the ids of callbacks. */
  readonly tell?: (updates: readonly OperationUpdate[], number: number) => readonly Operation[];
  /** Answers instead, or throws. */
  readonly checkpoint?: (request: CheckpointRequest, number: number) => Promise<CheckpointResponse>;
  /** By marker. */
  readonly pages?: Readonly<Record<string, ExecutionStateResponse>>;
}

/**
 * A service for one invocation, written for tests: it keeps the chain of tokens, mints callback ids, and
 * remembers what it was asked.
 */
export class FakeService implements ServiceClient {
  readonly requests: CheckpointRequest[] = [];
  readonly pageRequests: ExecutionStateRequest[] = [];
  readonly #options: FakeServiceOptions;
  #token = 1;
  #underway = 0;

  constructor(options: FakeServiceOptions = {}) {
    this.#options = options;
  }

  get updates(): readonly OperationUpdate[] {
    return this.requests.flatMap(({ Updates = [] }) => Updates);
  }

  get token(): string {
    return `token-${this.#token}`;
  }

  async checkpoint(request: CheckpointRequest): Promise<CheckpointResponse> {
    if (request.CheckpointToken !== this.token) {
      throw new Error(`Invalid Checkpoint Token: ${request.CheckpointToken}`);
    }
    if (this.#underway > 0) throw new Error("Two checkpoints at once.");
    this.#underway += 1;
    this.requests.push(request);
    const number = this.requests.length;
    try {
      if (this.#options.checkpoint !== undefined) {
        return await this.#options.checkpoint(request, number);
      }
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      this.#token += 1;
      const { Updates = [] } = request;
      const Operations = [
        ...Updates.filter(({ Type }) => Type === "CALLBACK").map(startedCallback),
        ...(this.#options.tell?.(Updates, number) ?? []),
      ];
      return { CheckpointToken: this.token, NewExecutionState: { Operations } };
    } finally {
      this.#underway -= 1;
    }
  }

  async getExecutionState(request: ExecutionStateRequest): Promise<ExecutionStateResponse> {
    this.pageRequests.push(request);
    const page = this.#options.pages?.[request.Marker ?? ""];
    if (page === undefined) throw new Error(`Invalid Marker: ${request.Marker}`);
    return page;
  }
}

export const now: Date = new Date("2025-01-01T00:00:00.000Z");

/** The operation that a START makes. */
export function startedOperation(update: OperationUpdate): Operation {
  const { Id, ParentId, Name, Type, SubType } = update;
  return { Id, ParentId, Name, Type, SubType, Status: "STARTED", StartTimestamp: now };
}

function startedCallback(update: OperationUpdate): Operation {
  return { ...startedOperation(update), CallbackDetails: { CallbackId: `callback-${update.Id}` } };
}

/** Ids of operations at the top, by position from 1: the first 16 hex digits of the path's md5. */
export const ids: readonly string[] = [
  "",
  "c4ca4238a0b92382",
  "c81e728d9d4c2f63",
  "eccbc87e4b5ce2fe",
  "a87ff679a2f3e71d",
];

type Handler = (event: unknown, context?: unknown) => Promise<DurableExecutionInvocationOutput>;

/** Invokes a handler with what was recorded so far. */
export function invoke(
  handler: Handler,
  service: FakeService,
  state: {
    readonly input?: string | undefined;
    readonly operations?: readonly Operation[];
    readonly updatedIds?: readonly string[];
    readonly nextMarker?: string;
    readonly lambdaContext?: unknown;
  } = {},
): Promise<DurableExecutionInvocationOutput> {
  const { input = "{}", operations = [], updatedIds, nextMarker, lambdaContext } = state;
  const event = {
    DurableExecutionArn: "arn:test",
    CheckpointToken: service.token,
    UpdatedOperationIds: updatedIds,
    InitialExecutionState: {
      Operations: [
        {
          Id: "execution",
          Type: "EXECUTION",
          Status: "STARTED",
          StartTimestamp: now,
          ExecutionDetails: { InputPayload: input },
        },
        ...operations,
      ],
      NextMarker: nextMarker,
    },
    durableExecutionClient: service,
  };
  return handler(event, lambdaContext);
}
