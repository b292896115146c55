import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { RandomPicker } from "../../src/explore/deciders.ts";
import { runExecution, scheduleOf } from "../../src/explore/execution-run.ts";
import { checkExploreOptions } from "../../src/explore/options.ts";
import { DurableTestRunner, respond } from "../../src/index.ts";
import { responseOf } from "./answers.ts";
import { checkHistory } from "./invariants.ts";
import { callbackPlans, handlerOf, type Observer, type Program } from "./program.ts";
import { everything, type Language, programs } from "./program-arbitrary.ts";
import { limitMs, parameters } from "./settings.ts";

/** Processes do not exit by themselves: schedules have sandboxes die. */
const language: Language = { ...everything, answersInside: false };

const blind: Observer = {
  exits: () => false,
  bodyBegins: () => {},
  saw: () => {},
  reaches: () => {},
  logs: () => {},
  made: () => {},
  answer: async () => {},
};

/** What the world may say to the callbacks of a program. */
const answersOf = (program: Program) =>
  Object.fromEntries(
    callbackPlans(program).map(({ name, callback }) => [
      name,
      [callback.answer === undefined ? respond.never() : responseOf(callback.answer, name)],
    ]),
  );

test.prop([programs(language), fc.nat(1e6), fc.nat(3)], parameters(0.25))(
  "whatever a schedule decides, the history is a history, and the schedule repeats it to the byte",
  async (program, seed, crashes) => {
    const handler = handlerOf(program, blind);
    const { setup } = checkExploreOptions(handler, { callbacks: answersOf(program), crashes });
    const run = await runExecution(setup, "{}", new RandomPicker(seed, 1));
    checkHistory(run.result.history);
    if (run.error !== undefined) return;

    const runner = new DurableTestRunner(handler, { schedule: scheduleOf(run.decisions) });
    await runner.run({});
    if (runner.result.status === "PENDING") await runner.runToCompletion().catch(() => {});
    expect(runner.result.history).toEqual(run.result.history);
  },
  limitMs(0.5),
);
