import type {
  DurableTestFunction,
  DurableTestMode,
  DurableTestModes,
  TestName,
} from "./test-api.ts";

/** What Jest defines a test with. */
interface Definition {
  (name: TestName, body: () => Promise<void>, timeout?: number): void;
  each(
    ...table: readonly unknown[]
  ): (
    name: TestName,
    body: (...row: readonly unknown[]) => Promise<void>,
    timeout?: number,
  ) => void;
}

interface ModeDefinition extends Definition {
  readonly failing: Definition;
}

interface ModesDefinition extends ModeDefinition {
  readonly only: ModeDefinition;
  readonly skip: ModeDefinition;
}

/** Jest's `test`, as far as it is used here. */
export interface JestTest extends ModesDefinition {
  readonly concurrent: ModesDefinition;
  todo(name: TestName): void;
}

/** Runs what a test does, with fixtures of its own. */
export type RunBody<Fixtures> = (body: (fixtures: Fixtures) => unknown) => Promise<void>;

type AllTests<Fixtures> = DurableTestModes<Fixtures> & {
  readonly concurrent: DurableTestModes<Fixtures>;
  todo(name: TestName): void;
};

/** All that Jest's `test` can do, for bodies that take fixtures. */
export function defineTests<Fixtures>(test: JestTest, run: RunBody<Fixtures>): AllTests<Fixtures> {
  return Object.assign(modes(test, run), {
    concurrent: modes(test.concurrent, run),
    todo: (name: TestName) => test.todo(name),
  });
}

function modes<Fixtures>(
  define: ModesDefinition,
  run: RunBody<Fixtures>,
): DurableTestModes<Fixtures> {
  return Object.assign(mode(define, run), {
    only: mode(define.only, run),
    skip: mode(define.skip, run),
  });
}

function mode<Fixtures>(define: ModeDefinition, run: RunBody<Fixtures>): DurableTestMode<Fixtures> {
  return Object.assign(tests(define, run), { failing: tests(define.failing, run) });
}

function tests<Fixtures>(
  define: Definition,
  run: RunBody<Fixtures>,
): DurableTestFunction<Fixtures> {
  const one = (name: TestName, body: (fixtures: Fixtures) => unknown, timeout?: number): void =>
    define(
      name,
      bound(body, () => run(body)),
      timeout,
    );
  const each =
    (...table: readonly unknown[]) =>
    (name: TestName, body: (...args: never) => unknown, timeout?: number): void =>
      define.each(...table)(
        name,
        bound(body, (...row) =>
          run((fixtures) => Reflect.apply(body, undefined, [...row, fixtures])),
        ),
        timeout,
      );
  const forEach =
    <Case>(cases: readonly Case[]) =>
    (
      name: TestName,
      body: (value: Case, fixtures: Fixtures) => unknown,
      timeout?: number,
    ): void => {
      // Jest spreads the cases where all of them are lists.
      const areLists = cases.every((value) => Array.isArray(value));
      const caseOf = (row: readonly unknown[]): Case => (areLists ? row : row[0]) as Case;
      define.each(cases)(
        name,
        bound(body, (...row) => run((fixtures) => body(caseOf(row), fixtures))),
        timeout,
      );
    };
  return Object.assign(one, { each, for: forEach });
}

/** What is no function goes to Jest as it is, which says so. */
function bound<Body, Bound>(body: Body, calling: Bound): Bound {
  return typeof body === "function" ? calling : (body as never);
}
