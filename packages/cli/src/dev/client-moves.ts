import type { CallbackOperation, DurableTestRunner, WorldEvent } from "@durabletest/testing";
import { addressOf } from "./play.ts";
import type { Action, Payload, RecordedAction } from "./recording.ts";

/** What clients of the endpoint have done to callbacks, as if it had been done on the page. */
export function clientMoves(
  runner: DurableTestRunner,
  events: readonly WorldEvent[],
): readonly RecordedAction[] {
  return events.map((event) => ({ action: moveOf(runner, event), by: "client" }));
}

function moveOf(runner: DurableTestRunner, { kind, callbackId }: WorldEvent): Action {
  const callback = addressOf(runner, callbackId);
  switch (kind) {
    case "success":
      return { kind: "succeed", callback, payload: payloadOf(runner, callbackId) };
    case "failure":
      return { kind: "fail", callback, error: callbackOf(runner, callbackId)?.error ?? {} };
    case "heartbeat":
      return { kind: "heartbeat", callback };
  }
}

/** As it was sent: JSON where it is JSON. */
function payloadOf(runner: DurableTestRunner, callbackId: string): Payload {
  const result = callbackOf(runner, callbackId)?.result;
  const text = textOf(runner, callbackId);
  return typeof result === "string" && text === result ? { raw: result } : { json: result };
}

function textOf(runner: DurableTestRunner, callbackId: string): string | undefined {
  const id = callbackOf(runner, callbackId)?.id;
  for (const event of runner.result.history) {
    if (event.EventType !== "CallbackSucceeded" || event.Id !== id) continue;
    return event.CallbackSucceededDetails.Result?.Payload;
  }
  return undefined;
}

function callbackOf(runner: DurableTestRunner, callbackId: string): CallbackOperation | undefined {
  const find = (operations: typeof runner.result.operations): CallbackOperation | undefined => {
    for (const operation of operations) {
      if (operation.type === "CALLBACK" && operation.callbackId === callbackId) return operation;
      if (operation.type !== "CHAINED_INVOKE" || operation.executionArn === undefined) continue;
      const found = find(runner.execution(operation.executionArn).operations);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(runner.result.operations);
}
