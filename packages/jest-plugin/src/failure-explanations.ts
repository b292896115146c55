import type { DurableResult } from "@durabletest/testing";

/** Where the environment puts its {@link FailureExplanations} on the global object of a test file. */
export const FAILURES: unique symbol = Symbol.for("durabletest.failures");

/** @returns what was thrown, saying what the execution did: a copy, for other tests may throw the same. */
type Explain = (error: unknown) => unknown;

/** What the report of a test is made of. */
export interface Executed {
  readonly file: string | undefined;
  readonly result: DurableResult<unknown>;
}

/** What a test file says of a runner that a test has called. */
export interface ToldRunner {
  /** Whether it is the one of `durableTest`: what the test is about, whatever others it makes. */
  readonly isOfFixture: boolean;
  /** For what fails in the test, also when no code of the test file sees the failure: a timeout, a hook. */
  readonly explain: Explain;
  /** What it has executed until it is asked for. */
  readonly executed: () => Executed;
}

/** What a test file tells the environment in which it runs. */
export interface FailureExplanations {
  /** @param test - the one that is running: as Jest tells tests apart, or its full name. */
  explainWith(test: object | string, runner: object, told: ToldRunner): void;
}
