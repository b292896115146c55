import type {
  DurableTestRunner,
  DurableTypes,
  InputOf,
  OutputOf,
  RunnerOptions,
  TypedDurableTestRunner,
  TypedRunnerOptions,
} from "@durabletest/testing";
import type { VirtualClock } from "@durabletest/testing/plugin";
import type { JestExpect } from "@jest/expect";

/** What {@link durableTest} gives to tests. */
export interface DurableFixtures<Input = unknown, Output = unknown> {
  /** A runner of this test alone, also when it is retried. Disposed of after the test. */
  readonly runner: DurableTestRunner<Input, Output>;
  /** The time of that runner. */
  readonly clock: VirtualClock<Output>;
  /** Jest's own, so that a test reads the same under other frameworks. */
  readonly expect: JestExpect;
}

/** What {@link durableTest}`.typed` gives to tests. */
export interface TypedDurableFixtures<Types extends DurableTypes> extends Omit<
  DurableFixtures<InputOf<Types>, OutputOf<Types>>,
  "runner"
> {
  /** {@link DurableFixtures.runner} */
  readonly runner: TypedDurableTestRunner<Types>;
}

/** What a test is called: a text or, as Jest has it, whatever has a name. */
export type TestName =
  | string
  | number
  | ((...args: never) => unknown)
  | (abstract new (...args: never) => unknown);

/** A test for every case of a table, as Jest's `test.each`: the values of the case first, the fixtures last. */
export interface DurableEach<Fixtures> {
  <Values extends readonly unknown[]>(
    headings: TemplateStringsArray,
    ...values: Values
  ): (
    name: TestName,
    body: (row: Record<string, Values[number]>, fixtures: Fixtures) => unknown,
    timeout?: number,
  ) => void;
  <Row extends readonly [unknown, ...(readonly unknown[])]>(
    table: readonly Row[],
  ): (name: TestName, body: (...args: [...Row, Fixtures]) => unknown, timeout?: number) => void;
  <Row extends readonly unknown[]>(
    table: readonly Row[],
  ): (name: TestName, body: (...args: [...Row, Fixtures]) => unknown, timeout?: number) => void;
  <Case>(
    cases: readonly Case[],
  ): (name: TestName, body: (value: Case, fixtures: Fixtures) => unknown, timeout?: number) => void;
}

/** A test for every case, as Vitest's `test.for`: the case as it is, also if it is a list, then the fixtures. */
export type DurableFor<Fixtures> = <Case>(
  cases: readonly Case[],
) => (name: TestName, body: (value: Case, fixtures: Fixtures) => unknown, timeout?: number) => void;

/** Defines a test, or one for every case of a table. */
export interface DurableTestFunction<Fixtures> {
  /** @param timeout - in real milliseconds. */
  (name: TestName, body: (fixtures: Fixtures) => unknown, timeout?: number): void;
  /** One for every case: `test.each([["kim", 1]])("%s", async (by, count, { runner }) => …)`. */
  readonly each: DurableEach<Fixtures>;
  /** One for every case, which stays as it is: `test.for([["kim", 1]])("%s", async ([by, count], { runner }) => …)`. */
  readonly for: DurableFor<Fixtures>;
}

/** With `.failing`: the test passes when its body fails. */
export interface DurableTestMode<Fixtures> extends DurableTestFunction<Fixtures> {
  /** A test that passes when its body fails. */
  readonly failing: DurableTestFunction<Fixtures>;
}

/** With `.only` and `.skip`. */
export interface DurableTestModes<Fixtures> extends DurableTestMode<Fixtures> {
  /** Of this file, only tests like this one run. */
  readonly only: DurableTestMode<Fixtures>;
  /** A test that does not run. */
  readonly skip: DurableTestMode<Fixtures>;
}

/** Jest's `test` for one durable handler. */
export interface DurableTest<Input = unknown, Output = unknown> extends DurableTestModes<
  DurableFixtures<Input, Output>
> {
  /** Tests that run at the same time, each with a runner of its own. */
  readonly concurrent: DurableTestModes<DurableFixtures<Input, Output>>;
  /** A test that is still to be written. */
  todo(name: TestName): void;
  /**
   * The same with settings on top of those that were given to {@link durableTest}; scripts are added by name.
   *
   * @example
   * ```ts
   * describe("without an answer", () => {
   *   const silent = test.with({ callbacks: { approval: respond.never() } });
   *   silent("expires", async ({ runner }) => {
   *     expect(await runner.run(order)).toHaveTimedOut("approval");
   *   });
   * });
   * ```
   */
  with(options: RunnerOptions): DurableTest<Input, Output>;
}

/** {@link DurableTest}, whose names and payloads the compiler checks. */
export interface TypedDurableTest<Types extends DurableTypes> extends DurableTestModes<
  TypedDurableFixtures<Types>
> {
  /** {@link DurableTest.concurrent} */
  readonly concurrent: DurableTestModes<TypedDurableFixtures<Types>>;
  /** {@link DurableTest.todo} */
  todo(name: TestName): void;
  /** {@link DurableTest.with} */
  with(options: TypedRunnerOptions<Types>): TypedDurableTest<Types>;
}
