import { fc, test } from "@fast-check/vitest";
import { ServiceLimits, type OperationUpdate } from "@durabletest/runtime/protocol";
import { expect } from "vitest";
import {
  applyTimer,
  beginInvocation,
  checkpoint,
  completeInvocation,
  executionStatePage,
  isCallbackOpen,
  needsInvocation,
  startExecution,
  stopExecution,
} from "../../src/service/service.ts";
import { ServiceException } from "../../src/service/service-error.ts";
import type { Effect, ExecutionState, ServiceTimer } from "../../src/service/state.ts";
import { applyHeartbeat, endCallback } from "../../src/service/transitions/callback.ts";
import { setup } from "../support/setup.ts";
import { isEnd, ServiceModel, transitions } from "./service-model.ts";
import { limitMs, parameters } from "./settings.ts";

const START = Date.UTC(2025, 0, 1);
const ARN = "arn:test";
const at = (seconds: number): number => START + seconds * 1000;

// Few ids, so that requests meet; each with a type of its own, so that many of them are legal.
const typeOf: Record<string, OperationUpdate["Type"]> = {
  s: "STEP",
  c: "CONTEXT",
  w: "WAIT",
  k: "CALLBACK",
  i: "CHAINED_INVOKE",
  e: "EXECUTION",
};
const kinds = ["s", "s", "s", "c", "c", "c", "c", "w", "w", "k", "k", "k", "i", "e"];
const id = fc
  .tuple(fc.constantFrom(...kinds), fc.nat(5))
  .map(([kind, number]) => `${kind}${number}`);
const anyAction = fc.constantFrom<OperationUpdate["Action"][]>(
  "START",
  "START",
  "SUCCEED",
  "FAIL",
  "RETRY",
  "CANCEL",
);
const mostly = <T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: unusual });
const seconds = mostly(
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom(0, -1, 1.5, Number.NaN, 31_622_400, 31_622_401, 99_999_999, 100_000_000),
);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const error = fc.constantFrom({ ErrorType: "A" }, { ErrorType: "B", ErrorMessage: "because" });

/** Most of what can be right about an update is; each thing is wrong now and then. */
const update: fc.Arbitrary<OperationUpdate> = fc
  .record({
    Id: id,
    otherType: mostly(fc.constant(false), fc.constant(true)),
    Action: anyAction,
    parent: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 2, arbitrary: fc.nat(5).map((number) => `c${number}`) },
      { weight: 1, arbitrary: mostly(fc.constant(undefined), fc.constantFrom("s0", "none")) },
    ),
    stray: mostly(fc.constant(false), fc.constant(true)),
    payload: optional(fc.constantFrom("1", '"two"', "")),
    failure: error,
    failed: fc.boolean(),
    replayChildren: optional(fc.boolean()),
    first: mostly(seconds, fc.constant(0)),
    second: optional(seconds),
  })
  .map((parts): OperationUpdate => {
    const { Id, Action, failure, payload, stray, first, second } = parts;
    const Type = typeOf[parts.otherType ? "s" : Id.charAt(0)]!;
    const withPayload = Action === "SUCCEED" || Action === "RETRY" || stray;
    const withError = Action === "FAIL" || (Action === "RETRY" && parts.failed) || stray;
    return {
      Id,
      Type,
      Action,
      ...(parts.parent === undefined || parts.parent === Id ? {} : { ParentId: parts.parent }),
      ...(withPayload && payload !== undefined ? { Payload: payload } : {}),
      ...(withError ? { Error: failure } : {}),
      ...(Type === "CONTEXT" && parts.replayChildren !== undefined
        ? { ContextOptions: { ReplayChildren: parts.replayChildren } }
        : {}),
      ...(Action === "RETRY" ? { StepOptions: { NextAttemptDelaySeconds: first } } : {}),
      ...(Type === "WAIT" ? { WaitOptions: { WaitSeconds: first } } : {}),
      ...(Type === "CALLBACK"
        ? { CallbackOptions: { TimeoutSeconds: first, HeartbeatTimeoutSeconds: second } }
        : {}),
    };
  });

type Command =
  | { readonly do: "checkpoint"; readonly updates: readonly OperationUpdate[] }
  | {
      readonly do: "wrong token";
      readonly updates: readonly OperationUpdate[];
      readonly age: number;
    }
  | { readonly do: "read pages"; readonly size: number }
  | { readonly do: "invoke" }
  | { readonly do: "answer"; readonly status: "PENDING" | "SUCCEEDED" | "FAILED" | "died" }
  | { readonly do: "timer" }
  | { readonly do: "complete" | "fail" | "heartbeat"; readonly which: number }
  | { readonly do: "stop" };

const batch = fc.oneof(
  { weight: 4, arbitrary: fc.array(update, { minLength: 1, maxLength: 1 }) },
  { weight: 2, arbitrary: fc.array(update, { minLength: 2, maxLength: 3 }) },
  // A start and what may follow it, together.
  {
    weight: 1,
    arbitrary: fc.tuple(update, update).map(([first, second]) => [
      { ...first, Action: "START" as const },
      { ...second, Id: first.Id, Type: first.Type, ParentId: first.ParentId },
    ]),
  },
  { weight: 1, arbitrary: fc.constant([]) },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 24, arbitrary: fc.record({ do: fc.constant("checkpoint" as const), updates: batch }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("wrong token" as const),
      updates: batch,
      age: fc.integer({ min: -1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("read pages" as const), size: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.constant({ do: "invoke" as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      status: fc.constantFrom(
        ...(["PENDING", "PENDING", "PENDING", "PENDING", "PENDING", "died"] as const),
        ...(["SUCCEEDED", "FAILED"] as const),
      ),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: "timer" as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("complete" as const, "fail" as const, "heartbeat" as const),
      which: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Command[]>({ do: "invoke" }, { do: "invoke" }, { do: "stop" }),
  },
);

const timeouts = optional(fc.integer({ min: 1, max: 200 }));

test.prop([timeouts, fc.array(command, { maxLength: 60, size: "max" })], parameters(0.5))(
  "the service takes what is legal, refuses the rest whole, and never changes what has ended",
  (timeout, commands) => {
    const world = new World(timeout);
    world.check();
    for (const next of commands) {
      world.obey(next);
      world.check();
    }
  },
  limitMs(0.5),
);

/** The service and the model of it, with the clock and the timers that belong to both. */
class World {
  readonly #state: ExecutionState;
  readonly #model = new ServiceModel();
  readonly #timers = new Map<string, { readonly timer: ServiceTimer; readonly dueAt: number }>();
  readonly #tokens: string[] = [];
  /** Ended operations as they were when they ended. */
  readonly #ended = new Map<string, string>();
  #checkedEvents = 0;
  #token = "none yet";

  constructor(timeoutSeconds: number | undefined) {
    const { state, effects } = startExecution({
      setup,
      arn: ARN,
      input: "{}",
      now: START,
      timeoutSeconds,
    });
    this.#state = state;
    this.#carryOut(effects);
    if (timeoutSeconds !== undefined) {
      this.#model.timers.set(`execution-timeout ${ARN}`, timeoutSeconds);
    }
  }

  obey(next: Command): void {
    const state = this.#state;
    const model = this.#model;
    switch (next.do) {
      case "checkpoint":
        if (!model.invoked && model.running) this.#invoke();
        this.#checkpoint(next.updates, this.#token);
        return;
      case "wrong token":
        this.#checkpoint(next.updates, this.#tokens.at(-2 - next.age) ?? "999");
        return;
      case "read pages":
        this.#readPages(next.size + 1);
        return;
      case "invoke":
        if (!model.invoked && model.running) this.#invoke();
        return;
      case "answer":
        if (model.invoked) this.#answer(next.status);
        return;
      case "timer":
        this.#fireFirst();
        return;
      case "stop":
        if (!model.running) return;
        model.stop("Stopped");
        this.#carryOut(
          stopExecution(state, this.#now, { status: "STOPPED", error: { ErrorType: "Stop" } }),
        );
        return;
      case "complete":
      case "fail":
      case "heartbeat": {
        const operationId = model.open[next.which % Math.max(1, model.open.length)];
        if (operationId !== undefined) this.#send(operationId, next.do);
      }
    }
  }

  check(): void {
    const state = this.#state;
    const model = this.#model;
    expect(state.status === "RUNNING").toBe(model.running);
    expect(needsInvocation(state)).toBe(
      model.running && !model.invoked && (model.invocations === 0 || model.untold.size > 0),
    );
    const timers = [...this.#timers].map(([key, { dueAt }]) => [key, dueAt] as const);
    expect(new Map(timers)).toEqual(new Map([...model.timers].map(([key, due]) => [key, at(due)])));
    const news = state.history.slice(this.#checkedEvents);
    expect(news.map(({ EventType, Id }) => name(EventType, Id))).toEqual(
      model.events.slice(this.#checkedEvents),
    );
    for (const { EventId } of news) expect(EventId).toBe((this.#checkedEvents += 1));
    expect([...state.operations.keys()]).toEqual([...model.operations.keys()]);
    for (const { operation } of state.operations.values()) {
      const expected = model.operations.get(operation.Id)!;
      expect([operation.Status, operation.Type, operation.ParentId]).toEqual([
        expected.status,
        expected.type,
        expected.parent,
      ]);
      if (operation.Type === "STEP") expect(operation.StepDetails?.Attempt).toBe(expected.attempts);
      if (!isEnd(expected.status)) continue;
      const text = JSON.stringify(operation);
      if (!this.#ended.has(operation.Id)) this.#ended.set(operation.Id, text);
      expect(text).toBe(this.#ended.get(operation.Id));
      expect(isCallbackOpen(state, operation.Id)).toBe(false);
    }
    expect(new Set(state.callbackIds.values()).size).toBe(state.callbackIds.size);
  }

  get #now(): number {
    return at(this.#model.now);
  }

  #checkpoint(updates: readonly OperationUpdate[], token: string): void {
    const state = this.#state;
    const model = this.#model;
    const request = { DurableExecutionArn: ARN, CheckpointToken: token, Updates: updates };
    const authorised = model.running && model.invoked && token === this.#token;
    const objection = authorised ? model.objection(updates) : "Invalid Checkpoint Token";
    if (objection !== undefined) {
      const before = structuredClone(state);
      const refusal = refusalOf(() => checkpoint(state, this.#now, request), objection);
      expect(refusal.name).toBe("InvalidParameterValueException");
      expect(refusal.message.startsWith("Invalid Checkpoint Token")).toBe(!authorised);
      expect(state).toEqual(before);
      return;
    }
    model.apply(updates);
    const { response, effects } = checkpoint(state, this.#now, request);
    this.#carryOut(effects);
    this.#takeToken(response.CheckpointToken);
    this.#checkTold(response.NewExecutionState?.Operations ?? []);
    expect(response.NewExecutionState?.NextMarker).toBeUndefined();
  }

  #checkTold(operations: readonly { readonly Id: string }[]): void {
    expect(operations.map(({ Id }) => Id).toSorted()).toEqual([...this.#model.tell()].toSorted());
    for (const operation of operations) {
      expect(operation).toEqual(this.#state.operations.get(operation.Id)?.operation);
    }
  }

  #takeToken(token: string | undefined): void {
    expect(this.#tokens).not.toContain(token);
    this.#token = token ?? "";
    this.#tokens.push(this.#token);
  }

  #invoke(): void {
    const state = this.#state;
    const model = this.#model;
    const updated = [...model.updatedFromOutside].toSorted();
    const input = beginInvocation(state, this.#now);
    model.invoked = true;
    model.invocations += 1;
    model.tell();
    this.#takeToken(input.CheckpointToken);
    const [execution, ...operations] = input.InitialExecutionState.Operations ?? [];
    expect(execution?.Type).toBe("EXECUTION");
    expect(operations.map(({ Id }) => Id).toSorted()).toEqual([...model.sent].toSorted());
    const ended = operations.filter(({ Status }) => isEnd(Status as never)).map(({ Id }) => Id);
    expect(ended).toEqual(model.ended.filter((endedId) => ended.includes(endedId)));
    expect([...(input.UpdatedOperationIds ?? [])].toSorted()).toEqual(
      model.invocations === 1 ? [] : updated,
    );
  }

  /** However it is cut, it is the same list. */
  #readPages(size: number): void {
    if (!this.#model.invoked) return;
    const state = this.#state;
    const read: unknown[] = [];
    let marker: string | undefined = "0";
    while (marker !== undefined) {
      const page: ReturnType<typeof executionStatePage> = executionStatePage(state, {
        DurableExecutionArn: ARN,
        CheckpointToken: this.#token,
        Marker: marker,
        MaxItems: size,
      });
      expect(page.Operations?.length).toBeLessThanOrEqual(size);
      read.push(...(page.Operations ?? []));
      marker = page.NextMarker;
    }
    expect(read).toEqual(state.invocation?.operations);
  }

  #answer(how: "PENDING" | "SUCCEEDED" | "FAILED" | "died"): void {
    const state = this.#state;
    const model = this.#model;
    // To wait for nothing ends the execution: only now and then, or few would be long.
    const status =
      how === "PENDING" && !model.hasPending && model.invocations % 8 !== 0 ? "died" : how;
    model.completeInvocation();
    if (status === "died") {
      const died = { kind: "died", error: { ErrorType: "Exit" } } as const;
      this.#carryOut(completeInvocation(state, this.#now, died));
      return;
    }
    const output = {
      PENDING: { Status: "PENDING" },
      SUCCEEDED: { Status: "SUCCEEDED", Result: '"answer"' },
      FAILED: { Status: "FAILED", Error: { ErrorType: "No" } },
    } as const;
    this.#carryOut(
      completeInvocation(state, this.#now, { kind: "answered", output: output[status] }),
    );
    if (status === "PENDING") {
      if (!model.hasPending) model.end("Failed");
      return;
    }
    model.end(status === "SUCCEEDED" ? "Succeeded" : "Failed");
    expect(state.endedAt).toBe(this.#now);
    expect(state.result).toBe(status === "SUCCEEDED" ? (model.result ?? '"answer"') : undefined);
  }

  #fireFirst(): void {
    const [first] = [...this.#timers].toSorted(([, a], [, b]) => a.dueAt - b.dueAt);
    if (first === undefined) return;
    const [key, { timer, dueAt }] = first;
    this.#model.now = (dueAt - START) / 1000;
    this.#timers.delete(key);
    this.#model.fire(key);
    this.#carryOut(applyTimer(this.#state, dueAt, timer));
  }

  #send(operationId: string, what: "complete" | "fail" | "heartbeat"): void {
    const state = this.#state;
    const effects: Effect[] = [];
    expect(isCallbackOpen(state, operationId)).toBe(true);
    if (what === "heartbeat") {
      this.#model.heartbeat(operationId);
      applyHeartbeat(state, operationId, this.#now, effects);
    } else {
      this.#model.endCallback(operationId, what === "complete" ? "SUCCEEDED" : "FAILED");
      const end =
        what === "complete"
          ? ({ status: "SUCCEEDED", result: "1" } as const)
          : ({ status: "FAILED", error: { ErrorType: "No" } } as const);
      endCallback(state, operationId, { at: this.#now, ...end }, effects);
    }
    this.#carryOut(effects);
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "arm": {
          const { timer, dueAt } = effect;
          const key = `${timer.kind} ${timer.operationId}`;
          expect(this.#timers.has(key)).toBe(false);
          this.#timers.set(key, { timer, dueAt });
          break;
        }
        case "disarm":
          this.#timers.delete(`${effect.timer.kind} ${effect.timer.operationId}`);
          break;
        case "execution-ended":
          this.#timers.clear();
          break;
        case "callback-started":
          expect(this.#state.operations.get(effect.operationId)?.operation.Type).toBe("CALLBACK");
          break;
        case "invoke-started":
          throw new Error("A CHAINED_INVOKE that names no function has started.");
      }
    }
  }
}

function name(type: string, operationId: string | undefined): string {
  return type.startsWith("Execution") || operationId === undefined
    ? type
    : `${type} ${operationId}`;
}

function refusalOf(request: () => unknown, because: string): ServiceException {
  try {
    request();
  } catch (refusal) {
    if (refusal instanceof ServiceException) return refusal;
    throw refusal;
  }
  throw new Error(`The request was taken, though: ${because}.`);
}

/** How an operation of each type gets into each of its states: actions, and then what the world does. */
const ways: Record<string, readonly (OperationUpdate["Action"] | "due" | "answer")[]> = {
  "STEP absent": [],
  "STEP STARTED": ["START"],
  "STEP PENDING": ["RETRY"],
  "STEP READY": ["START", "RETRY", "due"],
  "STEP SUCCEEDED": ["SUCCEED"],
  "STEP FAILED": ["START", "FAIL"],
  "CONTEXT absent": [],
  "CONTEXT STARTED": ["START"],
  "CONTEXT SUCCEEDED": ["START", "SUCCEED"],
  "CONTEXT FAILED": ["FAIL"],
  "WAIT absent": [],
  "WAIT STARTED": ["START"],
  "WAIT SUCCEEDED": ["START", "due"],
  "WAIT CANCELLED": ["START", "CANCEL"],
  "CALLBACK absent": [],
  "CALLBACK STARTED": ["START"],
  "CALLBACK SUCCEEDED": ["START", "answer"],
  "CALLBACK TIMED_OUT": ["START", "due"],
  "CALLBACK CANCELLED": ["START", "CANCEL"],
  "CHAINED_INVOKE absent": [],
  "EXECUTION absent": [],
};

const plain = (Type: string, Action: string): OperationUpdate => ({
  Id: "x",
  Type: Type as OperationUpdate["Type"],
  Action: Action as OperationUpdate["Action"],
  ...(Action === "RETRY" ? { StepOptions: { NextAttemptDelaySeconds: 1 } } : {}),
  ...(Type === "WAIT" ? { WaitOptions: { WaitSeconds: 1 } } : {}),
  ...(Type === "CALLBACK" ? { CallbackOptions: { TimeoutSeconds: 1 } } : {}),
});

test.each(Object.keys(ways))("%s: an action is legal where the protocol says so", (place) => {
  const [type = "", status = ""] = place.split(" ");
  for (const Type of Object.values(typeOf)) {
    for (const Action of ["START", "SUCCEED", "FAIL", "RETRY", "CANCEL"]) {
      const { state, send } = serviceWith(type, ways[place]!);
      expect(state.operations.get("x")?.operation.Status ?? "absent").toBe(status);
      const before = structuredClone(state);
      const transition = transitions[Type]?.[Action];
      const isSame = Type === type || status === "absent";
      if (isSame && transition?.from.includes(status as never) === true) {
        send(Type, Action);
        if (Type === "EXECUTION") continue;
        expect(state.operations.get("x")?.operation.Status).toBe(transition.to);
      } else {
        refusalOf(() => send(Type, Action), `${Action} of ${place}`);
        expect(state).toEqual(before);
      }
    }
  }
});

function serviceWith(type: string, way: readonly string[]) {
  const options = { setup, arn: ARN, input: "{}", now: START, timeoutSeconds: undefined };
  const { state } = startExecution(options);
  let { CheckpointToken } = beginInvocation(state, START);
  let timers: ServiceTimer[] = [];
  const send = (Type: string, Action: string): void => {
    const request = {
      DurableExecutionArn: ARN,
      CheckpointToken,
      Updates: [plain(Type, Action)],
    };
    const { response, effects } = checkpoint(state, START, request);
    CheckpointToken = response.CheckpointToken ?? "";
    timers = effects.flatMap((effect) => (effect.kind === "arm" ? [effect.timer] : []));
  };
  for (const action of way) {
    if (action === "due") applyTimer(state, at(1), timers[0]!);
    else if (action === "answer") {
      endCallback(state, "x", { at: START, status: "SUCCEEDED", result: undefined }, []);
    } else send(type, action);
  }
  return { state, send };
}

/** Characters of one to four bytes. */
const letters = fc.constantFrom("a", "\u00e9", "\u20ac", "\u{1f600}");

/** Texts about as long as a limit, in bytes. */
const about = (limit: number): fc.Arbitrary<string> =>
  fc.tuple(letters, fc.integer({ min: -3, max: 3 })).map(([letter, difference]) => {
    const bytes = limit + difference;
    const count = Math.floor(bytes / Buffer.byteLength(letter));
    return letter.repeat(count) + "-".repeat(bytes - count * Buffer.byteLength(letter));
  });

test.prop([about(ServiceLimits.payloadBytes)], parameters(0.05))(
  "a payload is taken up to the limit in bytes, whatever it is made of",
  (payload) => {
    const { state } = serviceWith("STEP", []);
    const request = {
      DurableExecutionArn: ARN,
      CheckpointToken: String(state.token),
      Updates: [{ ...plain("STEP", "SUCCEED"), Payload: payload }],
    };
    const before = structuredClone(state);
    if (Buffer.byteLength(payload) <= ServiceLimits.payloadBytes) {
      checkpoint(state, START, request);
      expect(state.operations.get("x")?.operation.StepDetails?.Result).toBe(payload);
    } else {
      refusalOf(() => checkpoint(state, START, request), "too large");
      expect(state).toEqual(before);
    }
  },
  limitMs(0.05),
);

test.prop([fc.integer({ min: 245, max: 255 }), about(2990)], parameters(0.05))(
  "a batch is taken up to its limits of updates and bytes, whole or not at all",
  (count, payload) => {
    const { state } = serviceWith("STEP", []);
    const Updates = Array.from({ length: count }, (_, index) => ({
      ...plain("STEP", "SUCCEED"),
      Id: `s${index}`,
      Payload: payload,
    }));
    const request = { DurableExecutionArn: ARN, CheckpointToken: String(state.token), Updates };
    const before = structuredClone(state);
    const bytes = count * Buffer.byteLength(payload);
    if (count <= ServiceLimits.batchUpdates && bytes <= ServiceLimits.batchBytes) {
      checkpoint(state, START, request);
      expect(state.operations.size).toBe(count);
    } else {
      refusalOf(() => checkpoint(state, START, request), "too large");
      expect(state).toEqual(before);
    }
  },
  limitMs(0.05),
);
