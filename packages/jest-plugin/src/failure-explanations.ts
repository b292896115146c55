/** Where the environment puts its {@link FailureExplanations} on the global object of a test file. */
export const FAILURES: unique symbol = Symbol.for("durabletest.failures");

/** Adds to an error what the execution of its test did. */
export type Explain = (error: object) => void;

/** A test that has failed, as the environment knows it. */
export interface FailedInEnvironment {
  /** What Jest has of the test: the same when it is tried again. */
  readonly test: object;
  /** The project, where it has a name. */
  readonly project: string | undefined;
  readonly errors: readonly object[];
}

/** Writes the report of a test, and has its errors say where it is. */
export type Report = (failed: FailedInEnvironment) => Promise<void>;

/** What a test file tells the environment in which it runs. */
export interface FailureExplanations {
  /**
   * @param test - full name of the test that is running.
   * @param explain - for what fails in it, also when no code of the test file sees the failure: a timeout, a hook.
   * @param report - for a test that has failed, whatever the reason.
   */
  explainWith(test: string, explain: Explain, report: Report): void;
}
