import fc from "fast-check";
import { RandomPicker } from "../../src/explore/deciders.ts";
import { type ExecutionRun, runExecution, type Setup } from "../../src/explore/execution-run.ts";
import { checkExploreOptions } from "../../src/explore/options.ts";
import type { AnyDurableLambdaHandler } from "../../src/handlers.ts";
import { respond } from "../../src/index.ts";
import { responseOf } from "./answers.ts";
import { callbackPlans, handlerOf, type Observer, type Program } from "./program.ts";
import { everything, type Language, programs } from "./program-arbitrary.ts";

/** A program, and what decides how it goes. */
export interface Scheduled {
  readonly program: Program;
  readonly seed: number;
  readonly crashes: number;
}

/** Processes do not exit by themselves: schedules have sandboxes die. */
const language: Language = { ...everything, answersInside: false };

export const scheduledPrograms = (): fc.Arbitrary<Scheduled> =>
  fc.record({ program: programs(language), seed: fc.nat(1e6), crashes: fc.nat(3) });

const blind: Observer = {
  exits: () => false,
  bodyBegins: () => {},
  saw: () => {},
  reaches: () => {},
  logs: () => {},
  made: () => {},
  answer: async () => {},
};

/** Runs it as its seed has it. */
export async function runScheduled({ program, seed, crashes }: Scheduled): Promise<{
  readonly run: ExecutionRun;
  readonly handler: AnyDurableLambdaHandler;
}> {
  const handler = handlerOf(program, blind);
  const { setup }: { readonly setup: Setup } = checkExploreOptions(handler, {
    callbacks: answersOf(program),
    crashes,
  });
  return { run: await runExecution(setup, "{}", new RandomPicker(seed, 1)), handler };
}

/** What the world may say to the callbacks of a program. */
const answersOf = (program: Program) =>
  Object.fromEntries(
    callbackPlans(program).map(({ name, callback }) => [
      name,
      [callback.answer === undefined ? respond.never() : responseOf(callback.answer, name)],
    ]),
  );
