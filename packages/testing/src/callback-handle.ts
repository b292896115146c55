import type { ErrorObject } from "@durabletest/runtime";
import type { OperationStatus } from "@durabletest/runtime/protocol";
import type { Drive } from "./engine/drive.ts";
import { CallbackNotFoundError } from "./errors.ts";
import { choose } from "./operations/find.ts";
import type { CallbackOperation } from "./operation.ts";
import type { DurableResult } from "./result.ts";
import { callbackName, callbackView, type World } from "./engine/world.ts";

/**
 * One callback of the execution under test, by name.
 *
 * @throws CallbackNotFoundError from every member, as long as there is no such callback.
 */
export interface CallbackHandle<Output = unknown> {
  readonly callbackId: string;
  readonly status: OperationStatus;
  /** When its timeout passes, `undefined` if it has none. `run()` stops before it. */
  readonly timeoutAt: Date | undefined;
  /** When its heartbeat timeout passes, unless a heartbeat comes; `undefined` if it has none. `run()` stops before it. */
  readonly heartbeatAt: Date | undefined;
  /** `runner.sendCallbackSuccess`, for this callback: completes it and goes on, as `run()` does. */
  succeed(payload?: unknown): Promise<DurableResult<Output>>;
  /** `runner.sendCallbackFailure`, for this callback: fails it and goes on, as `run()` does. */
  fail(error: Error | ErrorObject): Promise<DurableResult<Output>>;
  /** `runner.sendCallbackHeartbeat`, for this callback: its heartbeat timeout starts afresh. */
  heartbeat(): Promise<DurableResult<Output>>;
}

interface HandleOptions<Output> {
  readonly name: string;
  readonly index: number | undefined;
  readonly drive: Drive<Output>;
}

export function callbackHandle<Output>(options: HandleOptions<Output>): CallbackHandle<Output> {
  return new Handle(options);
}

/** Looks its callback up whenever it is used: the callback may not have started yet. */
class Handle<Output> implements CallbackHandle<Output> {
  readonly #options: HandleOptions<Output>;

  constructor(options: HandleOptions<Output>) {
    this.#options = options;
  }

  get callbackId(): string {
    return this.#find().callbackId;
  }

  get status(): OperationStatus {
    return this.#find().status;
  }

  get timeoutAt(): Date | undefined {
    return this.#find().timeoutAt;
  }

  get heartbeatAt(): Date | undefined {
    return this.#find().heartbeatAt;
  }

  succeed(payload?: unknown): Promise<DurableResult<Output>> {
    return this.#call("succeed(…)", (drive) => drive.succeed(this.callbackId, payload));
  }

  fail(error: Error | ErrorObject): Promise<DurableResult<Output>> {
    return this.#call("fail(…)", (drive) => drive.fail(this.callbackId, error));
  }

  heartbeat(): Promise<DurableResult<Output>> {
    return this.#call("heartbeat()", (drive) => drive.heartbeat(this.callbackId));
  }

  #call(
    method: string,
    make: (drive: Drive<Output>) => Promise<DurableResult<Output>>,
  ): Promise<DurableResult<Output>> {
    const { drive, name } = this.#options;
    const called = `runner.callback(${JSON.stringify(name)}).${method}`;
    const send = async (): Promise<DurableResult<Output>> => make(drive);
    // While another call is going on, it takes effect at once, and need not be awaited.
    return drive.calls.make(called, send, drive.turns.isBusy);
  }

  #find(): CallbackOperation {
    const { drive, name, index } = this.#options;
    const { world } = drive.engine;
    return drive.explain(() =>
      findCallback(world, { name, index, whyNot: () => drive.calls.describeOpen() }),
    );
  }
}

function findCallback(
  world: World,
  {
    name,
    index,
    whyNot,
  }: {
    readonly name: string;
    readonly index: number | undefined;
    /** What else there may be to say of it, as the end of a message. */
    readonly whyNot: () => string;
  },
): CallbackOperation {
  const named: CallbackOperation[] = [];
  const names = new Set<string>();
  for (const callback of world.callbacks.values()) {
    const known = callbackName(callback.execution.state, callback.operationId);
    if (known !== undefined) names.add(known);
    if (known === name) named.push(callbackView(callback));
  }
  return choose({
    what: "callback",
    name,
    index,
    having: named,
    names: () => [...names],
    fail: (message) => new CallbackNotFoundError(`${message}${whyNot()}`),
  });
}
