import type { TestContext, TestOptions } from "node:test";
import type { RunnerOptions } from "../options.ts";
import type { VirtualClock } from "../plugin/virtual-clock.ts";
import type { DurableTestRunner, TypedDurableTestRunner } from "../runner.ts";
import type { DurableTypes, InputOf, OutputOf, TypedRunnerOptions } from "../typed.ts";
import type { DurableExpect } from "./expect.ts";

/** What {@link durableTest} gives to tests. */
export interface DurableFixtures<Input = unknown, Output = unknown> {
  /** A runner of this test alone. Disposed of after it. */
  readonly runner: DurableTestRunner<Input, Output>;
  /** The time of that runner. */
  readonly clock: VirtualClock<Output>;
  /** The matchers for results and runners. For all else there is `node:assert`. */
  readonly expect: DurableExpect;
  /** The context that `node:test` hands to its tests. */
  readonly t: TestContext;
}

/** What a test does. */
export type DurableBody<Input, Output> = (fixtures: DurableFixtures<Input, Output>) => unknown;

/** Defines a test, as the `test` of `node:test` does. */
export interface DurableTestFunction<Input, Output> {
  (name: string, body: DurableBody<Input, Output>): Promise<void>;
  (name: string, options: TestOptions, body: DurableBody<Input, Output>): Promise<void>;
}

/** The `test` of `node:test` for one durable handler. */
export interface DurableTest<Input = unknown, Output = unknown> extends DurableTestFunction<
  Input,
  Output
> {
  /** With `--test-only`, only tests like this one run. */
  readonly only: DurableTestFunction<Input, Output>;
  /** A test that does not run. */
  readonly skip: DurableTestFunction<Input, Output>;
  /** A test that may fail as yet. */
  readonly todo: DurableTestFunction<Input, Output>;
  /** The same with settings on top of those that were given to {@link durableTest}; scripts are added by name. */
  with(options: RunnerOptions): DurableTest<Input, Output>;
}

/** What `durableTest.typed` gives to tests. */
export interface TypedDurableFixtures<Types extends DurableTypes> extends Omit<
  DurableFixtures<InputOf<Types>, OutputOf<Types>>,
  "runner"
> {
  /** {@link DurableFixtures.runner} */
  readonly runner: TypedDurableTestRunner<Types>;
}

/** Defines a test, as the `test` of `node:test` does. */
export interface TypedDurableTestFunction<Types extends DurableTypes> {
  (name: string, body: (fixtures: TypedDurableFixtures<Types>) => unknown): Promise<void>;
  (
    name: string,
    options: TestOptions,
    body: (fixtures: TypedDurableFixtures<Types>) => unknown,
  ): Promise<void>;
}

/** {@link DurableTest}, whose compiler knows what the function under test deals with. */
export interface TypedDurableTest<
  Types extends DurableTypes,
> extends TypedDurableTestFunction<Types> {
  /** {@link DurableTest.only} */
  readonly only: TypedDurableTestFunction<Types>;
  /** {@link DurableTest.skip} */
  readonly skip: TypedDurableTestFunction<Types>;
  /** {@link DurableTest.todo} */
  readonly todo: TypedDurableTestFunction<Types>;
  /** {@link DurableTest.with} */
  with(options: TypedRunnerOptions<Types>): TypedDurableTest<Types>;
}
