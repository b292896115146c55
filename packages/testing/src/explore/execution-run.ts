import { engineOf } from "../engine/door.ts";
import { Engine } from "../engine/engine.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { Effect, SeenEffect } from "../effect.ts";
import type { RunnerOptions, RunnerSettings } from "../options.ts";
import { type DurableResult, takeResult } from "../result.ts";
import { DurableTestRunner } from "../runner.ts";
import { writeSchedule } from "../schedule.ts";
import { type Decision, Explorer, type Picker } from "./deciders.ts";
import { historyKey } from "./outcome.ts";
import { isCrash, type Possibility, type World } from "./possibilities.ts";

/** What all the executions of an exploration have in common. */
export interface Setup {
  readonly handler: AnyDurableLambdaHandler;
  readonly options: RunnerOptions;
  readonly settings: RunnerSettings;
  readonly world: World;
  readonly crashes: number;
  readonly beforeEach: () => void | Promise<void>;
}

/** One execution that was explored. What hardly anybody asks about it is found out when somebody does. */
export class ExecutionRun {
  readonly engine: Engine;
  readonly decisions: readonly Decision[];
  /** What the harness has to say: the handler is stuck, or goes on for ever. */
  readonly error: unknown;
  #result: DurableResult<unknown> | undefined;
  #historyKey: string | undefined;

  constructor(engine: Engine, decisions: readonly Decision[], error: unknown) {
    this.engine = engine;
    this.decisions = decisions;
    this.error = error;
  }

  /** As it is now, the first time. */
  get result(): DurableResult<unknown> {
    return (this.#result ??= takeResult(this.engine.source()));
  }

  get historyKey(): string {
    return (this.#historyKey ??= historyKey(this.engine));
  }
}

/** Runs an execution to its end, as a picker has it. */
export async function runExecution(
  { handler, settings, world, crashes, beforeEach }: Setup,
  input: string | undefined,
  picker: Picker,
  begun: (engine: Engine) => void = () => {},
): Promise<ExecutionRun> {
  await beforeEach();
  const engine = new Engine(handler, settings);
  begun(engine);
  engine.running.isAlone = true;
  engine.isExplored = true;
  const explorer = new Explorer(picker, world, crashes);
  engine.decide(explorer);
  engine.start(input, undefined);
  let error: unknown;
  try {
    await engine.run(() => engine.isGoingOn);
  } catch (thrown) {
    error = thrown;
  }
  return new ExecutionRun(engine, explorer.decisions, error);
}

/** A runner that goes on with what an exploration has begun. */
export function runnerOf({ handler, options }: Setup, { engine }: ExecutionRun): DurableTestRunner {
  const runner = new DurableTestRunner(handler, options);
  engine.running.isAlone = false;
  engineOf(runner)?.adopt(engine);
  return runner;
}

/** Whether one of its executions has asked for random numbers. */
export function usesChance({ engine }: ExecutionRun): boolean {
  return [...engine.executions.byArn.values()].some(({ hasUsedChance }) => hasUsedChance);
}

/** What all executions of a run did to the world, in order: many happen at the same instant. */
export function effectsOf({ engine, result }: ExecutionRun): readonly Effect[] {
  const { byArn } = engine.executions;
  if (byArn.size < 2) return result.effects;
  const views = new Map<SeenEffect, Effect>();
  for (const execution of byArn.values()) {
    const { effects } = takeResult(engine.source(execution));
    for (const [index, seen] of execution.effects.entries()) {
      const view = effects[index];
      if (view !== undefined) views.set(seen, view);
    }
  }
  return engine.effects.flatMap((seen) => views.get(seen) ?? []);
}

/** The decisions that make a run what it is: those that are not usual. */
export function differing(decisions: readonly Decision[]): ReadonlyMap<string, Possibility> {
  return new Map(
    decisions.flatMap(({ point, decided, isUsual }) =>
      isUsual ? [] : [[point.id, decided] as const],
    ),
  );
}

/** Without those that have an invocation die. */
export function withoutCrashes(
  decided: ReadonlyMap<string, Possibility>,
): ReadonlyMap<string, Possibility> {
  return new Map([...decided].filter(([, possibility]) => !isCrash(possibility)));
}

/** A schedule says all that was decided, also what usually happens where that is more than nothing. */
export function scheduleOf(decisions: readonly Decision[]): string {
  return writeSchedule(
    new Map(
      decisions.flatMap(({ point, decided }) =>
        decided === undefined ? [] : [[point.id, decided] as const],
      ),
    ),
  );
}
