import type { DurableResult } from "@durabletest/testing";

/** Where the environment puts its {@link FailureExplanations} on the global object of a test file. */
export const FAILURES: unique symbol = Symbol.for("durabletest.failures");

/** Adds to an error what the execution of its test did. */
export type Explain = (error: object) => void;

/** What the report of a test is made of. */
export interface Executed {
  readonly file: string | undefined;
  readonly result: DurableResult<unknown>;
}

/** What a test file tells the environment in which it runs. */
export interface FailureExplanations {
  /**
   * @param test - full name of the test that is running.
   * @param explain - for what fails in it, also when no code of the test file sees the failure: a timeout, a hook.
   * @param executed - what it has executed until it is asked for.
   */
  explainWith(test: string, explain: Explain, executed: () => Executed): void;
}
