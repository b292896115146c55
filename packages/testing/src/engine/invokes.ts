import { LimitExceededError } from "../errors.ts";
import type { RunnerSettings } from "../options.ts";
import { executionArn } from "../service/function-name.ts";
import type { InvokeTarget } from "../service/state.ts";
import { endInvoke, type InvokeEnd } from "../service/transitions/invoke.ts";
import type { Clock } from "./clock.ts";
import type { ExecutedFunction, Execution, Invoker } from "./execution.ts";
import { callFunction } from "./function-call.ts";
import { getFunction } from "./functions.ts";
import type { PendingCall } from "./loop.ts";
import { RandomStream } from "./random.ts";
import type { Running } from "./running.ts";
import { Sandbox } from "./sandbox.ts";

/** Lambda stops functions that invoke each other in a circle. */
const CHAIN_LIMIT = 16;

/** How long a call of a plain function may take. */
const PLAIN_FUNCTION_SECONDS = 900;

export interface InvokesPorts {
  readonly clock: Clock;
  readonly running: Running;
  readonly settings: RunnerSettings;
  readonly loop: { enqueue(call: PendingCall): void };
  startExecution(options: {
    readonly function: ExecutedFunction;
    readonly arn: string;
    readonly seed: number;
    readonly input: string | undefined;
    readonly timeoutSeconds: number | undefined;
    readonly invokedBy: Invoker;
  }): Execution;
  changed(execution: Execution): void;
}

/**
 * What handlers invoke.
 *
 * Owns: what an invoke begins, an execution or a call, and how its end reaches who invoked it.
 * Does not own: which functions there are (`functions.ts`), when they are called (`loop.ts`).
 */
export class Invokes {
  readonly #ports: InvokesPorts;

  constructor(ports: InvokesPorts) {
    this.#ports = ports;
  }

  /**
   * A handler has invoked a function.
   *
   * @throws FunctionNotRegisteredError, LimitExceededError
   */
  started(invoker: Invoker, target: InvokeTarget): void {
    const { settings, clock, loop } = this.#ports;
    const { functionName, tenantId, payload } = target;
    const invoked = getFunction(settings.functions, functionName);
    const chain = [...invoker.execution.chain, functionName];
    if (chain.length > CHAIN_LIMIT) {
      throw new LimitExceededError(
        `${chain.length} functions have invoked each other: ${chain.join(" → ")}. Lambda stops such a chain; does it go in a circle?`,
      );
    }
    if (typeof invoked === "function") {
      const call = { function: invoked, target, requestId: this.#idBelow(invoker) };
      loop.enqueue({
        since: clock.now(),
        call: async () => {
          const { running } = this.#ports;
          const random = new RandomStream(this.#seedBelow(invoker));
          const sandbox = new Sandbox({
            clock,
            running,
            globals: settings.globals,
            random: () => random.next(),
            effect: (effect) =>
              invoker.execution.effect(effect, { operationId: invoker.operationId }),
            timeoutSeconds: PLAIN_FUNCTION_SECONDS,
            runsToLimit: true,
          });
          this.#end(invoker, await callFunction(call, sandbox));
        },
      });
      return;
    }
    const { handler, timeoutSeconds, invocationTimeoutSeconds } = invoked;
    this.#ports.startExecution({
      function: { functionName, handler, tenantId, timeoutSeconds: invocationTimeoutSeconds },
      arn: target.executionArn ?? "",
      seed: this.#seedBelow(invoker),
      input: payload,
      timeoutSeconds,
      invokedBy: invoker,
    });
  }

  /** An execution has ended: whoever invoked it is told. */
  executionEnded({ invokedBy, state }: Execution): void {
    if (invokedBy === undefined) return;
    this.#end(
      invokedBy,
      state.status === "FAILED" || state.status === "TIMED_OUT" || state.status === "STOPPED"
        ? { status: state.status, error: state.error ?? {} }
        : { status: "SUCCEEDED", result: state.result },
    );
  }

  #end({ execution, operationId }: Invoker, end: InvokeEnd): void {
    endInvoke(execution.state, operationId, this.#ports.clock.now(), end);
    this.#ports.changed(execution);
  }

  /** The seed of what an invoke begins: its own, and the same on every run. */
  #seedBelow(invoker: Invoker): number {
    return Number.parseInt(this.#idBelow(invoker).slice(-12), 16);
  }

  #idBelow({ execution, operationId }: Invoker): string {
    const arn = executionArn(
      "",
      `${this.#ports.settings.seed}/${execution.state.arn}/${operationId}`,
    );
    return arn.slice(arn.lastIndexOf("/") + 1);
  }
}
