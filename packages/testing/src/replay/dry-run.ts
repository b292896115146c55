import type { ServiceClient } from "@durabletest/runtime";
import {
  type DurableExecutionInvocationOutput,
  isEnded,
  type OperationUpdate,
} from "@durabletest/runtime/protocol";
import { outcomeOf } from "../engine/answer.ts";
import { Clock } from "../engine/clock.ts";
import { callHandler } from "../engine/handler-call.ts";
import { type LambdaCall, lambdaContext } from "../engine/lambda-context.ts";
import { InvocationLog } from "../engine/logs.ts";
import { RandomStream } from "../engine/random.ts";
import { whenAllHasArrived } from "../in-flight/arrivals.ts";
import { Running } from "../engine/running.ts";
import { Sandbox, type SandboxEnd } from "../engine/sandbox.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { IdleWatch } from "../in-flight/idle.ts";
import { beginInvocation, checkpoint, executionStatePage } from "../service/service.ts";
import type { ExecutionState } from "../service/state.ts";
import { heldBodies, neverRun } from "../surroundings/held-bodies.ts";
import type { RequestedOperation } from "../errors.ts";
import type { CallSites } from "./call-sites.ts";

/** What came of one invocation with nothing run but the handler's own code. */
export interface DryRun {
  /**
   * What the handler has asked for, by id, in the order in which it did. Handlers of our runtime tell all of it;
   * of others only what the state did not have is known.
   */
  readonly requested: ReadonlyMap<string, RequestedOperation>;
  /** Of these, what it has had recorded, or was about to: of steps, the function comes first. */
  readonly started: ReadonlySet<string>;
  /** What it has had something recorded of. */
  readonly sent: ReadonlySet<string>;
  /** Whether that is all of it. */
  readonly tellsAll: boolean;
  /** The functions that it wants to invoke, by operation. */
  readonly invokes: ReadonlyMap<string, string>;
  /** Its answer; undefined where it went on waiting for the functions of steps, or for what nobody brings. */
  readonly output: DurableExecutionInvocationOutput | undefined;
  /** Its promise has rejected, or its answer is none. */
  readonly failure: unknown;
  /** The function of a step was called all the same: it has ended. */
  readonly ranBodyOf: OperationUpdate | undefined;
}

/** Handler code that is not in a step may let so much virtual time pass, or so many timers. */
const LONGEST_MS = 900_000;
const MOST_TIMERS = 500;
/** So long nothing may be going on until no more comes. Real milliseconds. */
const QUIET_MS = 2;

/** When an attempt is due that must not begin. */
const NEVER_MS = 360 * 86_400_000;

export interface DryRunOptions {
  /** Virtual epoch milliseconds. */
  readonly at: number;
  /** Of the handler's random numbers. Default: 0. */
  readonly seed?: number;
  /** How the function was invoked, where that is known. */
  readonly called?: Pick<LambdaCall, "functionName" | "tenantId">;
  /** Is told where operations are called. That takes much longer. */
  readonly sites?: CallSites;
}

/**
 * Invokes a handler in a state, with nobody recording anything: what it asks for is noted, and acknowledged by a
 * service of its own.
 *
 * @param state - changes with what the handler asks for.
 */
export async function dryRun(
  handler: AnyDurableLambdaHandler,
  state: ExecutionState,
  { at, seed = 0, called = { functionName: "durable-test" }, sites }: DryRunOptions,
): Promise<DryRun> {
  const clock = new Clock(at);
  const running = new Running();
  running.isAlone = true;
  const random = new RandomStream(seed);
  const sandbox = new Sandbox({
    clock,
    running,
    globals: "virtual",
    random: () => random.next(),
    timeoutSeconds: LONGEST_MS / 1000,
  });
  heldBodies.hold(sandbox, neverRun);
  const unlisten = sites?.ofOthers(sandbox);
  const notes = new Notes();
  keepFromBeginning(state, at);
  const input = beginInvocation(state, at);
  const requestId = state.invocation?.requestId ?? "";
  const log = logOf(state, handler);
  const client: ServiceClient = {
    limits: state.setup.limits,
    checkpoint: (request) => {
      notes.take(request.Updates ?? []);
      return answer(() => checkpoint(state, clock.now(), request).response);
    },
    whenAllHasArrived: (arrived) => void whenAllHasArrived("handler", running.needsTurns, arrived),
    getExecutionState: (request) => answer(() => executionStatePage(state, request)),
    // A handler of our runtime, whatever has been put around it.
    invocationBegins: (invocation) => {
      notes.tellsAll = true;
      sandbox.invocation = invocation;
    },
    logged: () => true,
    operationRequested: ({ Id, ParentId, Name, Type, SubType }) =>
      notes.add({ id: Id, type: Type, subType: SubType, name: Name, parentId: ParentId }),
    ...(sites === undefined ? {} : { operationCalled: (id, site) => sites.add(id, site) }),
  };
  const context = lambdaContext({ ...called, requestId, limit: sandbox.limit });
  const over = sandbox.run(() =>
    log.listen(() => callHandler(handler, input, { client, lambdaContext: context })),
  );
  await letGoOn({ clock, running }, over);
  unlisten?.();
  // Nothing that still runs in it reaches anybody, or begins again.
  sandbox.cutOff({ kind: "abandoned" });
  const outcome = outcomeOf(await over, state.setup.limits);
  return {
    requested: notes.requested,
    started: notes.started,
    sent: notes.sent,
    tellsAll: notes.tellsAll,
    invokes: notes.invokes,
    output: outcome.kind === "answered" ? outcome.output : undefined,
    failure: outcome.kind === "rejected" || outcome.kind === "failed" ? outcome.error : undefined,
    ranBodyOf: notes.ranBodyOf,
  };
}

/** What the service refuses is a rejection. */
function answer<T>(serve: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(serve());
  });
}

/** What the updates and the words of a handler say. */
class Notes {
  readonly requested = new Map<string, RequestedOperation>();
  readonly started = new Set<string>();
  readonly sent = new Set<string>();
  readonly invokes = new Map<string, string>();
  tellsAll = false;
  ranBodyOf: OperationUpdate | undefined;

  add(operation: RequestedOperation): void {
    if (operation.type === "STEP") this.started.add(operation.id);
    // The first word counts: what follows is about the same operation.
    if (!this.requested.has(operation.id)) this.requested.set(operation.id, operation);
  }

  take(updates: readonly OperationUpdate[]): void {
    for (const update of updates) {
      const { Id, Type, Action, SubType, Name, ParentId, ChainedInvokeOptions } = update;
      if (Type === "EXECUTION") continue;
      this.started.add(Id);
      this.sent.add(Id);
      if (Type === "STEP" && Action !== "START") this.ranBodyOf ??= update;
      this.add({ id: Id, type: Type, subType: SubType, name: Name, parentId: ParentId });
      const { FunctionName } = ChainedInvokeOptions ?? {};
      if (FunctionName !== undefined) this.invokes.set(Id, FunctionName);
    }
  }
}

/**
 * Steps that have begun, or are to begin again, wait for an attempt that does not come: whoever finds one at work
 * must call its function, or take it for interrupted.
 */
function keepFromBeginning(state: ExecutionState, at: number): void {
  const NextAttemptTimestamp = new Date(at + NEVER_MS);
  for (const [id, record] of state.operations) {
    const { operation } = record;
    if (operation.Type !== "STEP" || isEnded(operation.Status)) continue;
    const StepDetails = { ...operation.StepDetails, NextAttemptTimestamp };
    const waiting = { ...operation, Status: "PENDING", StepDetails } as const;
    state.operations.set(id, { ...record, operation: waiting });
    if (state.replayable.has(id)) state.replayable.set(id, waiting);
  }
}

/**
 * Lets timers of the handler fire until it is done, or nothing more comes of it. None that is about the end of the
 * invocation: it does not come to it, since the functions of steps take no time.
 */
async function letGoOn(
  { clock, running }: { readonly clock: Clock; readonly running: Running },
  over: Promise<SandboxEnd>,
): Promise<void> {
  let isOver = false;
  const ended = over.then(() => {
    isOver = true;
  });
  const watch = new IdleWatch(
    {
      inFlight: running,
      now: () => clock.now(),
      hasTimer: () => running.hasTimer(),
      nextTimer: () => {
        const due = clock.firstHandlerTimer();
        return due && { ...due.what, dueAt: due.dueAt };
      },
    },
    { stuckAfterMs: QUIET_MS, notice: () => {} },
  );
  const end = clock.startedAt + LONGEST_MS;
  for (let timers = 0; timers <= MOST_TIMERS; timers += 1) {
    const still = new Promise<"idle" | "stuck">((resolve) => watch.watch(resolve));
    const word = await Promise.race([still, ended]);
    watch.stop();
    if (isOver || word === "stuck") return;
    const due = clock.firstHandlerTimer();
    if (due === undefined || due.dueAt >= end || due.what.isAtLimit) return;
    clock.disarm(due);
    clock.moveTo(due.dueAt);
    due.what.fire();
  }
}

/** What is logged on the way says nothing to anybody. */
function logOf(state: ExecutionState, handler: AnyDurableLambdaHandler): InvocationLog {
  return new InvocationLog({
    executionArn: state.arn,
    handler,
    invocation: 1,
    lines: [],
    prints: false,
    now: () => state.startedAt,
    operationCount: () => 0,
  });
}
