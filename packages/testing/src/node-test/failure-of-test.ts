import type { TestContext } from "node:test";
import { explainFailure, hasMessage } from "../plugin/explain-failure.ts";
import { addReport, failureReports } from "../plugin/failure-report.ts";
import { timelineSection } from "../print/timeline-section.ts";
import type { DurableResult } from "../result.ts";

const writeFailureReport = failureReports();

/**
 * Has a test that fails say what its execution did, and where the report of it is: at the end of what it throws, or as
 * diagnostics where that says nothing of it. A timeout, a subtest, a plan or a hook fails it without its doing.
 */
export class FailureOfTest {
  readonly #t: TestContext;
  readonly #runner: { readonly result: DurableResult<unknown> };
  /** What stays the same when the test is tried again. */
  readonly #identity: object;
  #isGivenUp = false;
  #hasFailedSubtest = false;
  #hasTimeline = false;
  #hasReport = false;

  constructor(
    t: TestContext,
    runner: { readonly result: DurableResult<unknown> },
    identity: object,
  ) {
    this.#t = t;
    this.#runner = runner;
    this.#identity = identity;
    t.signal.addEventListener("abort", this.#giveUp);
    // The test itself is not known to have failed before it has come to its end.
    t.afterEach((subtest) => {
      if (!subtest.passed) this.#hasFailedSubtest = true;
    });
  }

  /** After this, the signal has nothing to say: Node aborts it as well when the test is over. */
  bodyEnds(): void {
    this.#t.signal.removeEventListener("abort", this.#giveUp);
  }

  /** What the body has thrown, with all there is to say; what cannot say it is left to {@link tellRest}. */
  async explained(error: unknown): Promise<unknown> {
    if (!hasMessage(error)) return error;
    const explained = explainFailure(error, this.#runner.result);
    this.#hasTimeline = true;
    const report = await this.#report();
    return report === undefined ? explained : addReport(explained, report);
  }

  /** For after the test: what its failure does not say, if it has failed. */
  async tellRest(): Promise<void> {
    if (!this.#isGivenUp && !this.#hasFailedSubtest && this.#t.passed) return;
    this.#tellTimeline();
    const report = await this.#report();
    if (report !== undefined) this.#t.diagnostic(report);
  }

  /** At once: who gives a test up may not wait for its hooks. */
  readonly #giveUp = (): void => {
    this.#isGivenUp = true;
    this.#tellTimeline();
  };

  #tellTimeline(): void {
    const { result } = this.#runner;
    if (this.#hasTimeline || result.history.length === 0) return;
    this.#hasTimeline = true;
    this.#t.diagnostic(timelineSection(result));
  }

  /** Where it is, once. */
  async #report(): Promise<string | undefined> {
    if (this.#hasReport) return undefined;
    this.#hasReport = true;
    const { fullName: name, filePath: file } = this.#t;
    return writeFailureReport({ name, file, identity: this.#identity }, [this.#runner.result]);
  }
}
