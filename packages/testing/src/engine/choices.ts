import type { CallbackOperation } from "../operation.ts";
import type { Clock } from "./clock.ts";
import type { DueThing } from "./due.ts";
import type { Execution } from "./execution.ts";
import type { ScriptedPlay, Scripts } from "./scripts.ts";
import type { AttemptChoice, AttemptPoint, StepScripts } from "./step-scripts.ts";
import type { Due } from "./timer-queue.ts";

/**
 * Every choice that the harness makes for executions. Whoever wants another order of events, or another
 * world, puts another chooser in the place of {@link UsualChoices}; nothing else in the engine decides
 * between two things that could both happen.
 */
export interface Choices {
  /** Which of the executions that wait for an invocation is invoked. */
  nextExecution(waiting: Iterable<Execution>): Execution | undefined;
  /** Which due thing happens next. */
  nextDue(clock: Clock): Due<DueThing> | undefined;
  /** What the outside world says to a callback that has just started, and when; undefined: the test says. */
  answer(callback: CallbackOperation, name: string | undefined): ScriptedPlay | undefined;
  /** What an attempt of a step does; undefined: what the handler says. */
  attempt(point: AttemptPoint): AttemptChoice | undefined;
}

/** First come, first served; what is due first happens first; the world keeps to the test's scripts. */
export class UsualChoices implements Choices {
  readonly #scripts: Scripts;
  readonly #steps: StepScripts;

  constructor(scripts: Scripts, steps: StepScripts) {
    this.#scripts = scripts;
    this.#steps = steps;
  }

  nextExecution(waiting: Iterable<Execution>): Execution | undefined {
    for (const execution of waiting) if (execution.needsInvocation) return execution;
    return undefined;
  }

  nextDue(clock: Clock): Due<DueThing> | undefined {
    return clock.first();
  }

  answer(callback: CallbackOperation, name: string | undefined): ScriptedPlay | undefined {
    return this.#scripts.begin(callback, name);
  }

  attempt(point: AttemptPoint): AttemptChoice | undefined {
    return this.#steps.begin(point);
  }
}
