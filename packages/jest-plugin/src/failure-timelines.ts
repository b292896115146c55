import { environmentReports } from "./environment-reports.ts";
import { withoutOwnFrames } from "./own-frames.ts";
import {
  type Explain,
  type Executed,
  FAILURES,
  type FailureExplanations,
} from "./failure-explanations.ts";

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

interface Told {
  readonly explain: Explain;
  readonly executed: () => Executed;
}

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
  const explanations = new Map<string, Told>();
  const report = environmentReports(project);
  const explanationsOf: FailureExplanations = {
    explainWith: (test, explain, executed) => void explanations.set(test, { explain, executed }),
  };
  Reflect.set(global, FAILURES, explanationsOf);
  return ({ name, test }) => {
    // The last event of every attempt, before its errors are shown.
    if (name !== "test_done" || test === undefined) return undefined;
    const fullName = fullNameOf(test);
    const told = explanations.get(fullName);
    explanations.delete(fullName);
    const { errors } = test;
    for (const failure of errors) withoutOwnFrames(Array.isArray(failure) ? failure[0] : failure);
    if (told === undefined || errors.length === 0) return undefined;
    errors.splice(0, errors.length, ...errors.map((failure) => explained(failure, told.explain)));
    if (test.failing === true) return undefined;
    const thrown = errors.map((failure): unknown =>
      Array.isArray(failure) ? failure[0] : failure,
    );
    return report({ name: fullName, identity: test, executed: told.executed(), errors: thrown });
  };
}

/** Jest keeps an error beside another one, of where the test was defined: for what has no stack. */
function explained(failure: unknown, explain: Explain): unknown {
  const [thrown, definedAt] = Array.isArray(failure) ? (failure as readonly unknown[]) : [failure];
  if (isObject(thrown)) {
    explain(thrown);
    return failure;
  }
  // A timeout is a mere text.
  if (typeof thrown !== "string" || !isObject(definedAt) || !("stack" in definedAt)) return failure;
  const frames = String(definedAt.stack).replace(/^(?!\s+at )[^]*?(?=^\s+at )/m, "");
  const error = Object.assign(definedAt, {
    message: thrown,
    stack: `Error: ${thrown}\n${frames}`,
  });
  explain(error);
  return [error, definedAt];
}

function fullNameOf({ name, parent }: TestBlock): string {
  return parent === undefined || parent.name === ROOT ? name : `${fullNameOf(parent)} ${name}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
