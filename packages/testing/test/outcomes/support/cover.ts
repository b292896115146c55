import { runInThisContext } from "node:vm";
import { withDurableExecution } from "@durabletest/runtime";
import {
  type AnyDurableLambdaHandler,
  DurableTestRunner,
  respond,
  type RunnerOptions,
  type RunOptions,
} from "../../../src/index.ts";
import { listenToOutcomes } from "../../../src/plugin/setup.ts";
import { type ObservedFunction, OutcomeCollector } from "../../../src/outcomes/index.ts";
import { mergeObservations } from "../../../src/outcomes/merge.ts";
import { type OutcomeReport, reportOutcomes } from "../../../src/outcomes/report.ts";

/** What somebody sees who collects while something runs. */
export async function collected(
  run: () => Promise<unknown>,
  collector: OutcomeCollector = new OutcomeCollector({
    root: "/project",
    testFile: () => "/project/test/order.test.ts",
    modules: () => [],
  }),
): Promise<readonly ObservedFunction[]> {
  listenToOutcomes((runner) => collector.executed(runner));
  try {
    await run();
    return collector.take();
  } finally {
    listenToOutcomes(undefined);
  }
}

export interface Covered {
  /** Before any of them. */
  readonly first: OutcomeReport;
  readonly report: OutcomeReport;
  /** The scripts that were run, each with what it was to cover. */
  readonly scripts: readonly string[];
  /** What a script did not cover, though it was to. */
  readonly notCovered: readonly string[];
}

/** Runs a handler, and then every script that is suggested for it, until none is left. */
export async function coverAll(
  handler: AnyDurableLambdaHandler,
  options: RunnerOptions,
  runOptions?: RunOptions,
): Promise<Covered> {
  const run = (more: RunnerOptions): Promise<readonly ObservedFunction[]> =>
    collected(async () => {
      const runner = new DurableTestRunner(handler, merged(options, more));
      await runner.run({}, runOptions).then(() => runner.runToCompletion());
      await runner[Symbol.asyncDispose]();
    });
  let observed = await run({});
  const first = reportOutcomes(observed);
  const scripts: string[] = [];
  const notCovered: string[] = [];
  for (let left = 100; left > 0; left -= 1) {
    const missing = missingOf(reportOutcomes(observed)).find(
      ({ script }) => !scripts.includes(script),
    );
    if (missing === undefined) break;
    scripts.push(missing.script);
    observed = mergeObservations([...observed, ...(await play(missing.script, handler, run))]);
    const still = missingOf(reportOutcomes(observed));
    if (still.some(({ what, script }) => what === missing.what && script === missing.script)) {
      notCovered.push(`${missing.what}: ${missing.script}`);
    }
  }
  return { first, report: reportOutcomes(observed), scripts, notCovered };
}

function missingOf({ functions }: OutcomeReport): readonly { what: string; script: string }[] {
  // Functions that it invokes have tests of their own.
  return functions.flatMap(({ name, file, operations }) =>
    (file === undefined ? [] : operations).flatMap(({ kind, path, outcomes }) =>
      outcomes.flatMap(({ outcome, seen, script }) =>
        seen || script === undefined
          ? []
          : [{ what: `${name} ${kind} ${path} ${outcome}`, script }],
      ),
    ),
  );
}

/** As somebody would who pastes it. */
async function play(
  script: string,
  handler: AnyDurableLambdaHandler,
  run: (options: RunnerOptions) => Promise<readonly ObservedFunction[]>,
): Promise<readonly ObservedFunction[]> {
  if (!script.startsWith("await ")) {
    const read = evaluated(`(respond, withDurableExecution) => ({ ${script} })`);
    return run(read(respond, withDurableExecution) as RunnerOptions);
  }
  const body = evaluated(`async (runner, input, respond) => { ${script} }`);
  return collected(async () => {
    const runner = new DurableTestRunner(handler);
    if (!script.includes(".run(")) await runner.run({});
    await body(runner, {}, respond);
  });
}

function evaluated(code: string): (...args: readonly unknown[]) => unknown {
  return runInThisContext(code) as ReturnType<typeof evaluated>;
}

function merged(options: RunnerOptions, more: RunnerOptions): RunnerOptions {
  return {
    ...options,
    ...more,
    callbacks: { ...options.callbacks, ...more.callbacks },
    steps: { ...options.steps, ...more.steps },
    functions: { ...options.functions, ...more.functions },
    durableFunctions: { ...options.durableFunctions, ...more.durableFunctions },
  };
}
