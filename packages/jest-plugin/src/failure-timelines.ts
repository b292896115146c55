import { environmentReports } from "./environment-reports.ts";
import { FAILURES, type ToldRunner } from "./failure-explanations.ts";
import { asError, replaceThrown } from "./failures-of-test.ts";
import { withoutOwnFrames } from "./own-frames.ts";
import { ToldRunners } from "./told-runners.ts";

/** As much of an event of Jest's test runner as is read here. */
export interface TestEvent {
  readonly name: string;
  readonly test?: RunningTest | undefined;
}

interface RunningTest extends TestBlock {
  /** What has failed: an error or, beside where the test was defined, anything. */
  readonly errors: unknown[];
  /** Whether it is meant to fail. */
  readonly failing?: boolean | undefined;
}

interface TestBlock {
  readonly name: string;
  readonly parent?: TestBlock | undefined;
}

/** As an environment's `handleTestEvent`: what it returns is to be waited for, when a test has failed. */
export type TestEventHandler = (event: TestEvent) => Promise<void> | undefined;

/** What Jest calls the block around a file. */
const ROOT = "ROOT_DESCRIBE_BLOCK";

/**
 * For an environment of your own: what it needs to end the messages of failed tests with the timeline.
 *
 * @param global - the global object of its test file.
 * @param project - the name of its project, where there are several: tests of the same name have reports of their own.
 * @returns its `handleTestEvent`, or what that calls.
 *
 * @example
 * ```js
 * const { TestEnvironment } = require("jest-environment-jsdom");
 * const { failureTimelines } = require("@durabletest/jest-plugin/environment");
 * module.exports = class extends TestEnvironment {
 *   handleTestEvent = failureTimelines(this.global);
 * };
 * ```
 */
export function failureTimelines(global: object, project?: string): TestEventHandler {
  const runners = new ToldRunners();
  const report = environmentReports(project);
  Reflect.set(global, FAILURES, runners);
  return ({ name, test }) => {
    // The last event of every attempt, before its errors are shown.
    if (name !== "test_done" || test === undefined) return undefined;
    const fullName = fullNameOf(test);
    const told = runners.take(test, fullName);
    const { errors } = test;
    replaceThrown(errors, withoutOwnFrames);
    if (told.length === 0 || errors.length === 0) return undefined;
    replaceThrown(errors, (thrown, definedAt) => explained(asError(thrown, definedAt), told));
    if (test.failing === true) return undefined;
    const executed = told.map((each) => each.executed());
    return report({ name: fullName, identity: test, executed, errors });
  };
}

/** By the first runner that has executed something. */
function explained(thrown: unknown, told: readonly ToldRunner[]): unknown {
  const about = told.find(({ executed }) => executed().result.history.length > 0);
  return about === undefined ? thrown : about.explain(thrown);
}

function fullNameOf({ name, parent }: TestBlock): string {
  return parent === undefined || parent.name === ROOT ? name : `${fullNameOf(parent)} ${name}`;
}
