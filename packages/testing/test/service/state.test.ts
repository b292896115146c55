import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { expect, test } from "vitest";
import {
  applyTimer,
  beginInvocation,
  checkpoint,
  completeInvocation,
  isCallbackOpen,
  stopExecution,
} from "../../src/service/service.ts";
import { copyState, type Effect, type ExecutionState } from "../../src/service/state.ts";
import { applyHeartbeat, endCallback } from "../../src/service/transitions/callback.ts";
import { endInvoke } from "../../src/service/transitions/invoke.ts";
import { ServedExecution, START } from "../support/served-execution.ts";
import { thrownBy } from "../support/thrown-by.ts";

/** Something of everything is going on. */
function busy(): ServedExecution {
  const execution = new ServedExecution({ input: "7", timeoutSeconds: 90 });
  execution.invoke();
  execution.checkpoint(
    { Id: "c", Type: "CONTEXT", Action: "START" },
    { Id: "s", Type: "STEP", Action: "START", ParentId: "c" },
    { Id: "r", Type: "STEP", Action: "RETRY", StepOptions: { NextAttemptDelaySeconds: 5 } },
    { Id: "w", Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds: 60 } },
    {
      Id: "k",
      Type: "CALLBACK",
      Action: "START",
      CallbackOptions: { HeartbeatTimeoutSeconds: 30 },
    },
    {
      Id: "i",
      Type: "CHAINED_INVOKE",
      Action: "START",
      ChainedInvokeOptions: { FunctionName: "f" },
    },
  );
  return execution;
}

const send = (state: ExecutionState, ...Updates: readonly OperationUpdate[]): void => {
  const { arn: DurableExecutionArn, token } = state;
  checkpoint(state, START, { DurableExecutionArn, CheckpointToken: String(token), Updates });
};

const changes: Readonly<Record<string, (state: ExecutionState) => unknown>> = {
  "a checkpoint": (state) =>
    send(
      state,
      { Id: "s", Type: "STEP", Action: "SUCCEED", Payload: "7" },
      { Id: "t", Type: "STEP", Action: "START", ParentId: "c" },
      { Id: "l", Type: "CALLBACK", Action: "START" },
    ),
  "the end of a context": (state) => send(state, { Id: "c", Type: "CONTEXT", Action: "SUCCEED" }),
  "a wait that is over": (state) => applyTimer(state, START, { kind: "wait", operationId: "w" }),
  "an answer": (state) => {
    endCallback(state, "k", { at: START, status: "SUCCEEDED", result: "7" }, []);
  },
  "a heartbeat": (state) => {
    applyHeartbeat(state, "k", START + 1000, []);
  },
  "what an invoke has come to": (state) => {
    endInvoke(state, "i", START, { status: "SUCCEEDED", result: "7" });
  },
  "the end of the invocation": (state) =>
    completeInvocation(state, START, { kind: "answered", output: { Status: "PENDING" } }),
  "the next invocation": (state) => {
    applyTimer(state, START, { kind: "wait", operationId: "w" });
    completeInvocation(state, START, { kind: "died", error: {} });
    beginInvocation(state, START);
  },
  "the end of the execution": (state) =>
    stopExecution(state, START, { status: "STOPPED", error: {} }),
};

test.each(Object.entries(changes))(
  "A copy of a state, and the state, know nothing of each other's %s",
  (_, change) => {
    const { state } = busy();
    // Something that neither has been told of.
    applyTimer(state, START, { kind: "retry", operationId: "r" });
    const before = structuredClone(state);
    const copy = copyState(state);
    expect(copy).toEqual(before);
    change(copy);
    expect(copy).not.toEqual(before);
    expect(state).toEqual(before);
    change(state);
    expect(state).toEqual(copy);
  },
);

test("A callback is open until it has ended, or its execution has", () => {
  const execution = busy();
  const { state } = execution;
  expect(["k", "l"].map((id) => isCallbackOpen(state, id))).toEqual([true, false]);
  const copy = copyState(state);
  execution.pass(30);
  expect(isCallbackOpen(state, "k")).toBe(false);
  stopExecution(copy, START, { status: "STOPPED", error: {} });
  expect(isCallbackOpen(copy, "k")).toBe(false);
});

test("A callback ends once, whoever ends it, and its deadlines with it", () => {
  const execution = busy();
  const { state } = execution;
  const effects: Effect[] = [];
  const end = () =>
    endCallback(state, "k", { at: START, status: "SUCCEEDED", result: "7" }, effects);
  end();
  execution.take(effects);
  expect(Object.keys(execution.timers)).toEqual([
    "execution-timeout arn:test",
    "retry r",
    "wait w",
  ]);
  const before = structuredClone(state);
  expect(thrownBy(end)).toMatchObject({ message: "Callback k has ended already." });
  expect(state).toEqual(before);
});

test("A heartbeat moves the heartbeat's deadline, again and again, and no other", () => {
  const execution = new ServedExecution();
  const { state } = execution;
  execution.invoke();
  const CallbackOptions = { TimeoutSeconds: 90, HeartbeatTimeoutSeconds: 30 };
  execution.checkpoint({ Id: "k", Type: "CALLBACK", Action: "START", CallbackOptions });
  for (const heartbeat of [50, 70]) {
    execution.pass(20);
    const effects: Effect[] = [];
    applyHeartbeat(state, "k", START + execution.now * 1000, effects);
    expect(effects.map(({ kind }) => kind)).toEqual(["disarm", "arm"]);
    execution.take(effects);
    expect(execution.timers).toEqual({
      "callback-timeout k": 90,
      "callback-heartbeat k": heartbeat,
    });
    expect(state.operations.get("k")?.callback).toEqual({
      timeoutAt: START + 90_000,
      heartbeatAt: START + heartbeat * 1000,
      heartbeatSeconds: 30,
    });
  }
});

test("A heartbeat of a callback that waits for none does nothing", () => {
  const execution = new ServedExecution();
  execution.invoke();
  execution.checkpoint({ Id: "k", Type: "CALLBACK", Action: "START" });
  const before = structuredClone(execution.state);
  const effects: Effect[] = [];
  applyHeartbeat(execution.state, "k", START, effects);
  expect(effects).toEqual([]);
  expect(execution.state).toEqual(before);
});

test("What an invoke has come to is of no interest once it is cancelled, or its execution has ended", () => {
  const { state } = busy();
  const copy = copyState(state);
  send(state, { Id: "i", Type: "CHAINED_INVOKE", Action: "CANCEL" });
  stopExecution(copy, START, { status: "STOPPED", error: {} });
  for (const each of [state, copy]) {
    const before = structuredClone(each);
    endInvoke(each, "i", START, { status: "SUCCEEDED", result: "7" });
    expect(each).toEqual(before);
  }
});

test("Nothing ends that there is not", () => {
  const { state } = busy();
  expect(thrownBy(() => applyHeartbeat(state, "none", START, []))).toMatchObject({
    message: "There is no operation none.",
  });
});

test("Callback ids are in the service's alphabet, and of one operation of one execution each", () => {
  const ids = ["arn:one", "arn:two"].flatMap((arn) => {
    const execution = new ServedExecution({ arn });
    execution.invoke();
    const start = (Id: string) => ({ Id, Type: "CALLBACK", Action: "START" }) as const;
    const operations = execution.checkpoint(start("1"), start("2"));
    return operations.map(({ Id, CallbackDetails }) => {
      expect(execution.state.callbackIds.get(CallbackDetails?.CallbackId ?? "")).toBe(Id);
      return CallbackDetails?.CallbackId ?? "";
    });
  });
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9+/]{1,1024}={0,2}$/);
});
