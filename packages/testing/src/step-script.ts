import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import type { StepOperation } from "./operation.ts";
import { attemptOf, isResponse, type Response } from "./script.ts";

/** One attempt of a step that a script is asked about. */
export interface StepAttempt {
  readonly name: string | undefined;
  /** As the step's function sees it: 1 for the first. After a crash, the same attempt is made again. */
  readonly attempt: number;
  /** Calls the step's function. */
  readonly run: () => Promise<unknown>;
  /** The step, as it is recorded. */
  readonly step: StepOperation;
}

/**
 * What attempts of a step do in the place of its function: the same each time; one for each, crashes included,
 * after which its function is called; or a function that does it, whose value is what the step returns. That
 * may also give a {@link Response}. Crashes that `crashMatrix` or a schedule adds use up no response: the attempt
 * that is made again does the same once more.
 */
export type StepScript = Response | readonly Response[] | ((attempt: StepAttempt) => unknown);

/**
 * What a test gives as a script of a step.
 *
 * @throws InvalidArgumentError
 */
export function checkStepScript(value: unknown, where: string): StepScript {
  if (typeof value === "function") return value as StepScript;
  for (const [index, each] of (Array.isArray(value) ? value : [value]).entries()) {
    const at = Array.isArray(value) ? `${where}[${index}]` : where;
    if (!isResponse(each)) {
      throw new InvalidArgumentError(
        `${at}: ${describeValue(each)} is no response. Make one with respond.success(…), respond.failure(…), respond.run() or respond.crash(…); or give a list of them, or a function.`,
      );
    }
    attemptOf(each, at);
  }
  return value as StepScript;
}
