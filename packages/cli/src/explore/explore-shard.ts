import type { Response } from "@durabletest/testing";
import { ExplorationError, explore, type ExploreOptions } from "@durabletest/testing/explore";
import { isDurableError } from "../errors.ts";
import type { Io } from "../io.ts";
import { loadFunctions, loadHandler } from "../load-handler.ts";
import { type Answers, responseOf } from "../input/answers.ts";
import type { ExploreRequest } from "./request.ts";
import type { ShardOutcome } from "./shard-outcome.ts";

/**
 * Explores a part of what could happen, in this thread.
 *
 * @param onRun - called for each execution.
 */
export async function exploreShard(
  request: ExploreRequest,
  { sleep, onRun }: Pick<Io, "sleep"> & { readonly onRun: () => void },
): Promise<ShardOutcome> {
  const { module, exportName, cwd } = request;
  try {
    const { handler } = await loadHandler(module, { cwd, exportName, sleep });
    const durableFunctions = await loadFunctions(request.functions, { cwd, sleep });
    const report = await explore(handler, {
      ...optionsOf(request),
      durableFunctions,
      // Nobody who pastes a test has the function that counts; one that never fails is no part of a test.
      check: () => onRun(),
    });
    return { kind: "report", report };
  } catch (error) {
    if (ExplorationError.is(error)) {
      const { property, message, decisions, schedule, timeline, testCode } = error;
      return {
        kind: "failure",
        failure: { property, message, decisions, schedule, timeline, testCode },
      };
    }
    if (!isDurableError(error)) throw error;
    const { name, code, message } = error;
    return { kind: "error", name, code, message };
  }
}

function optionsOf(request: ExploreRequest): ExploreOptions {
  const { input, callbacks, steps, crashes, runs, seed, strategy, schedule, shard } = request;
  return {
    input,
    callbacks: responsesOf(callbacks),
    steps: responsesOf(steps),
    crashes,
    runs,
    seed,
    strategy,
    shard,
    schedule,
  };
}

function responsesOf(answers: Answers): Record<string, readonly Response[]> {
  return Object.fromEntries([...answers].map(([name, list]) => [name, list.map(responseOf)]));
}
