import { withoutOwnFrames } from "./own-frames.ts";
import { type Explain, FAILURES, type FailureExplanations } from "./failure-explanations.ts";

/** As much of an event of Jest's test runner as is read here. */
export interface TestEvent {
  readonly name: string;
  readonly test?: RunningTest | undefined;
}

interface RunningTest extends TestBlock {
  /** What has failed: an error or, beside where the test was defined, anything. */
  readonly errors: unknown[];
}

interface TestBlock {
  readonly name: string;
  readonly parent?: TestBlock | undefined;
}

/** As an environment's `handleTestEvent`. */
export type TestEventHandler = (event: TestEvent) => void;

/** What Jest calls the block around a file. */
const ROOT = "ROOT_DESCRIBE_BLOCK";

/**
 * For an environment of your own: what it needs to end the messages of failed tests with the timeline.
 *
 * @param global - the global object of its test file.
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
export function failureTimelines(global: object): TestEventHandler {
  const explanations = new Map<string, Explain>();
  const told: FailureExplanations = {
    explainWith: (test, explain) => void explanations.set(test, explain),
  };
  Reflect.set(global, FAILURES, told);
  return ({ name, test }) => {
    // The last event of every attempt, before its errors are shown.
    if (name !== "test_done" || test === undefined) return;
    const fullName = fullNameOf(test);
    const explain = explanations.get(fullName);
    explanations.delete(fullName);
    const { errors } = test;
    for (const failure of errors) withoutOwnFrames(Array.isArray(failure) ? failure[0] : failure);
    if (explain === undefined) return;
    errors.splice(0, errors.length, ...errors.map((failure) => explained(failure, explain)));
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
