import { type ErrorObject, isDurableHandler, type ServiceClient } from "@durabletest/runtime";
import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { executionOperation } from "../service/service.ts";
import type { OperationRecord } from "../service/state.ts";
import { heldBodies } from "../surroundings/held-bodies.ts";
import { natives } from "../surroundings/natives.ts";
import { Clock } from "./clock.ts";
import type { Execution } from "./execution.ts";
import { callHandler } from "./handler-call.ts";
import { lambdaContext } from "./lambda-context.ts";
import { RandomStream } from "./random.ts";
import { Running } from "./running.ts";
import { Sandbox } from "./sandbox.ts";

/** What a handler does that is given all that was recorded. */
export type Replay =
  | { readonly kind: "answered"; readonly output: Answer }
  /** It asks for something that was not recorded. */
  | { readonly kind: "asked"; readonly update: OperationUpdate }
  /** It came to its end without asking for something that was recorded. */
  | { readonly kind: "forgot"; readonly record: OperationRecord }
  /** It waits for something else. */
  | { readonly kind: "open" };

interface Answer {
  readonly Status?: unknown;
  readonly Result?: unknown;
  readonly Error?: ErrorObject;
}

/** Turns of the event loop in which a handler gets to its end, when it waits for nothing. */
const TURNS = 5;

/**
 * Replays an execution that has ended once more, at another time and with other random numbers, with nobody to
 * record anything and no step running.
 */
export async function replayEnd(execution: Execution, at: number): Promise<Replay> {
  const { state, function: executed } = execution;
  const { promise: asked, resolve: ask } = Promise.withResolvers<Replay>();
  const made = new Set<string>();
  const client: ServiceClient = {
    limits: state.setup.limits,
    checkpoint: ({ Updates = [] }) => {
      const update = Updates.find(({ Id }) => !state.operations.has(Id));
      if (update !== undefined) ask({ kind: "asked", update });
      return new Promise(() => {});
    },
    getExecutionState: () => new Promise(() => {}),
    logged: () => true,
    runBody: () => new Promise(() => {}),
    promises: { made: (id) => made.add(id), awaited: () => {}, handlerReturned: () => {} },
  };
  const random = new RandomStream(at);
  const sandbox = new Sandbox({
    clock: new Clock(at),
    running: new Running(),
    globals: "virtual",
    random: () => random.next(),
    timeoutSeconds: executed.timeoutSeconds,
  });
  heldBodies.hold(sandbox, () => new Promise(() => {}));
  const input = {
    DurableExecutionArn: state.arn,
    CheckpointToken: "",
    InitialExecutionState: {
      Operations: [executionOperation(state), ...state.replayable.values()],
    },
  };
  const { functionName, handler, tenantId } = executed;
  const context = lambdaContext({
    functionName,
    requestId: state.arn,
    tenantId,
    limit: sandbox.limit,
  });
  const answered = sandbox
    .run(() => callHandler(handler, input, { client, lambdaContext: context }))
    .then((end): Replay => {
      const isOutput =
        end.kind === "answered" && typeof end.output === "object" && end.output !== null;
      if (!isOutput) return { kind: "open" };
      const forgotten = isDurableHandler(handler) ? forgottenOf(execution, made) : undefined;
      return forgotten ?? { kind: "answered", output: end.output };
    });
  const replay = await Promise.race([answered, asked, turnsOver()]);
  sandbox.cutOff({ kind: "abandoned" });
  return replay;
}

/** Operations outside of contexts: a context that has ended does not ask again. */
function forgottenOf({ state }: Execution, made: ReadonlySet<string>): Replay | undefined {
  for (const record of state.operations.values()) {
    const { Id, ParentId } = record.operation;
    if (ParentId === undefined && !made.has(Id)) return { kind: "forgot", record };
  }
  return undefined;
}

async function turnsOver(): Promise<Replay> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise<void>((resolve) => {
      natives.setImmediate(resolve);
    });
  }
  return { kind: "open" };
}
