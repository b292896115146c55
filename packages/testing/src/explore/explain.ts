import { formatTimeline } from "../print/timeline.ts";
import { ExplorationError } from "./errors.ts";
import type { ExecutionRun } from "./execution-run.ts";
import { scheduleOf } from "./execution-run.ts";
import { keptTest } from "./kept-test.ts";
import type { ExploreOptions } from "./options.ts";
import type { Property, Violation } from "./properties.ts";
import { inWords } from "./words.ts";

const ROWS = 40;

const SENTENCES: Readonly<Record<Property, string>> = {
  settles: "An execution does not end.",
  replays: "A replay goes another way than the execution went.",
  sameOutcomeAfterCrash: "A crash changes how the execution ends.",
  check: "The check does not hold.",
  repeats: "The same schedule has given two histories.",
};

const ADVICE: Readonly<Record<Property, string>> = {
  settles: "Give what it waits for a timeout, or say what the world may answer.",
  replays:
    "Do in a step what depends on time, on chance or on the world outside, and use what the step returned.",
  sameOutcomeAfterCrash:
    "Look at the step that was called twice: what it does must come to the same, however often it is called.",
  check: "",
  repeats:
    "The handler keeps something from one execution to the next: a variable of its module, a file, a mock that is not reset. Keep state in the execution (what steps return), and reset fakes in the option beforeEach.",
};

/** That an execution lacks a property, as an error that shows all of it. */
export function explorationError(
  { property, cause }: Violation,
  run: ExecutionRun,
  { input, given }: { readonly input: string | undefined; readonly given: ExploreOptions },
): ExplorationError {
  const decisions = run.decisions.filter(({ isUsual }) => !isUsual).map(inWords);
  const schedule = scheduleOf(run.decisions);
  const timeline = formatTimeline(run.result, { maxRows: ROWS });
  const testCode = keptTest({ property, schedule, input }, given);
  const parts = [
    `${SENTENCES[property]} ${cause.message}`.trim(),
    ADVICE[property],
    decisions.length === 0
      ? "Nothing unusual is needed: it is so in every execution of this input."
      : `It takes ${decisions.length === 1 ? "one decision" : `${decisions.length} decisions`}:\n${decisions.map((words, index) => `  ${index + 1}. ${words}`).join("\n")}`,
    ...(input === undefined ? [] : [`Input\n${indented(input)}`]),
    `Schedule\n${indented(schedule)}`,
    `A test that goes that way\n${indented(testCode)}`,
    `Timeline\n${indented(timeline)}`,
  ];
  return new ExplorationError(parts.filter((part) => part !== "").join("\n\n"), {
    property,
    cause,
    decisions,
    schedule,
    timeline,
    testCode,
  });
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
