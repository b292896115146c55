import type { CheckpointRequest, CheckpointResponse } from "@durabletest/runtime";
import type { Execution } from "../engine/execution.ts";
import { withholdToken } from "../service/service.ts";

/**
 * Which checkpoints are answered without a token: after one, an invocation can send no more, and its SDK
 * ends it.
 *
 * Owns: how many checkpoints each execution has sent, over all its invocations.
 */
export class Tokens {
  readonly #withheldCall: number | undefined;
  readonly #execution: (arn: string) => Execution | undefined;
  readonly #calls = new Map<string, number>();
  /** The execution whose next checkpoint gets no token. */
  #next: string | undefined;

  /**
   * @param withheldCall - which checkpoint of each execution gets none, from 1.
   * @param execution - finds one by its ARN.
   */
  constructor(withheldCall: number | undefined, execution: (arn: string) => Execution | undefined) {
    this.#withheldCall = withheldCall;
    this.#execution = execution;
  }

  withholdNext(arn: string | undefined): void {
    this.#next = arn;
  }

  async checkpoint(
    { DurableExecutionArn: arn }: CheckpointRequest,
    send: () => Promise<CheckpointResponse>,
  ): Promise<CheckpointResponse> {
    const call = (this.#calls.get(arn) ?? 0) + 1;
    this.#calls.set(arn, call);
    const response = await send();
    if (call !== this.#withheldCall && arn !== this.#next) return response;
    if (arn === this.#next) this.#next = undefined;
    const execution = this.#execution(arn);
    if (execution !== undefined) withholdToken(execution.state);
    const { CheckpointToken: _, ...withoutToken } = response;
    return withoutToken;
  }
}
