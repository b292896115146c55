import type { FailureExplanations, ToldRunner } from "./failure-explanations.ts";

/** The runners of the tests that are running, as a test file has told of them. */
export class ToldRunners implements FailureExplanations {
  readonly #byTest = new Map<object | string, Map<object, ToldRunner>>();
  /** Of fixtures whose tests, or attempts, are over: one that has run into its timeout may still go on. */
  readonly #over = new WeakSet<object>();

  explainWith(test: object | string, runner: object, told: ToldRunner): void {
    if (this.#over.has(runner)) return;
    const ofTest = this.#byTest.get(test) ?? new Map<object, ToldRunner>();
    this.#byTest.set(test, ofTest);
    const known = ofTest.get(runner);
    // The one that was called last is the last.
    ofTest.delete(runner);
    ofTest.set(runner, known ?? told);
  }

  /**
   * Those of a test that is over, the ones first that its failures are about: that of its fixture, then the one that
   * was called last.
   *
   * @param test - what the test file may have called it.
   */
  take(...test: readonly (object | string)[]): readonly ToldRunner[] {
    const runners = test.flatMap((each) => [...(this.#byTest.get(each) ?? [])]);
    for (const each of test) this.#byTest.delete(each);
    for (const [runner, { isOfFixture }] of runners) if (isOfFixture) this.#over.add(runner);
    const told = runners.map(([, each]) => each).toReversed();
    return [
      ...told.filter(({ isOfFixture }) => isOfFixture),
      ...told.filter(({ isOfFixture }) => !isOfFixture),
    ];
  }
}
