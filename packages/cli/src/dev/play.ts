import type {
  AnyDurableLambdaHandler,
  DurableTestRunner,
  HarnessDuration,
} from "@durabletest/testing";
import { DurableTestRunner as Runner } from "@durabletest/testing";
import type { Action, CallbackAddress, Payload, Recording } from "./recording.ts";

/** The functions there are, by name. */
export type Handlers = ReadonlyMap<string, AnyDurableLambdaHandler>;

/** A runner for an execution of a function; it can invoke the others. */
export function runnerFor(
  { functionName, seed, time }: Omit<Recording, "actions">,
  handlers: Handlers,
): DurableTestRunner | undefined {
  const handler = handlers.get(functionName);
  if (handler === undefined) return undefined;
  return new Runner(handler, {
    functionName,
    seed,
    timeSkipping: time,
    durableFunctions: Object.fromEntries(handlers),
  });
}

/**
 * Does to a runner what was, or is to be, recorded.
 *
 * @returns the runner that what follows is done to: another one after a fork.
 * @throws What the call of the runner throws.
 */
export async function perform(
  runner: DurableTestRunner,
  action: Action,
): Promise<DurableTestRunner> {
  switch (action.kind) {
    case "start":
      await runner.run(action.input);
      return runner;
    case "succeed":
      await runner.sendCallbackSuccess(
        callbackIdAt(runner, action.callback),
        payloadOf(action.payload),
      );
      return runner;
    case "fail":
      await runner.sendCallbackFailure(callbackIdAt(runner, action.callback), action.error);
      return runner;
    case "heartbeat":
      await runner.sendCallbackHeartbeat(callbackIdAt(runner, action.callback));
      return runner;
    case "advance":
      await runner.advance({ milliseconds: action.ms } satisfies HarnessDuration);
      return runner;
    case "advance-to":
      await runner.advanceTo(new Date(action.at));
      return runner;
    case "complete":
      await runner.runToCompletion();
      return runner;
    case "kill":
      await runner.crash();
      return runner;
    case "stop":
      await runner.stop(action.error);
      return runner;
    case "fork":
      return runner.fork();
  }
}

function payloadOf(payload: Payload): unknown {
  return "raw" in payload ? { raw: payload.raw } : payload.json;
}

/** @throws CallbackNotFoundError */
function callbackIdAt(runner: DurableTestRunner, address: CallbackAddress): string {
  return "id" in address ? address.id : runner.callback(address.name, address.index).callbackId;
}

/** How a test finds a callback, as little as says it. */
export function addressOf(runner: DurableTestRunner, callbackId: string): CallbackAddress {
  const { pendingCallbacks, world } = runner.result;
  const isIt = (callback: { readonly callbackId: string }): boolean =>
    callback.callbackId === callbackId;
  const name = pendingCallbacks.find(isIt)?.name ?? world.find(isIt)?.callbackName;
  if (name === undefined) return { id: callbackId };
  const isAlone = idAt(runner, { name, index: 1 }) === undefined;
  for (let index = 0; ; index += 1) {
    const found = idAt(runner, { name, index });
    if (found === callbackId) return isAlone ? { name } : { name, index };
    if (found === undefined) return { id: callbackId };
  }
}

function idAt(runner: DurableTestRunner, address: CallbackAddress): string | undefined {
  try {
    return callbackIdAt(runner, address);
  } catch {
    return undefined;
  }
}

/** What came of playing a recording again. */
export interface Played {
  readonly runner: DurableTestRunner;
  /** How many of its actions could be done. */
  readonly count: number;
  /** Why the next one could not. */
  readonly problem?: string | undefined;
}

/** Plays a recording on runners of its own, as far as it goes. */
export async function play(recording: Recording, handlers: Handlers): Promise<Played | undefined> {
  let runner = runnerFor(recording, handlers);
  if (runner === undefined) return undefined;
  let count = 0;
  for (const { action, refusal } of recording.actions) {
    try {
      runner = await perform(runner, action);
    } catch (error) {
      if (refusal === undefined) {
        const message = error instanceof Error ? error.message : String(error);
        return { runner, count, problem: message };
      }
    }
    count += 1;
  }
  return { runner, count };
}
