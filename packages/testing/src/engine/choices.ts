import type { OperationUpdate } from "@durabletest/runtime/protocol";
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
  answer(point: CallbackPoint): ScriptedPlay | undefined;
  /** What an attempt of a step does; undefined: what the handler says. */
  attempt(point: StepPoint): AttemptChoice | undefined;
  /** Whether there may be something to say about attempts. */
  readonly looksAtAttempts: boolean;
  /** What becomes of a checkpoint. */
  checkpoint(point: CheckpointPoint): CheckpointFate;
  /** Which course chance takes in an execution that asks for a random number: it is added to the seed. */
  chance(execution: Execution): number;
  /** The same choices, as far as they have been made, for another engine. */
  copy(scripts: Scripts, steps: StepScripts): Choices;
  /** Says of an execution that has come to its end what it has not been asked, though it should have been. */
  readonly unasked: readonly string[];
}

/** A callback that has just started. */
export interface CallbackPoint {
  readonly execution: Execution;
  readonly callback: CallbackOperation;
  /** The name it answers to. */
  readonly name: string | undefined;
  readonly clock: Clock;
}

/** An attempt of a step that is about to be made. */
export interface StepPoint extends AttemptPoint {
  readonly execution: Execution;
  readonly clock: Clock;
}

/** A checkpoint that the service is about to take. */
export interface CheckpointPoint {
  readonly execution: Execution;
  readonly updates: readonly OperationUpdate[];
}

/**
 * What becomes of a checkpoint: the service takes it; the sandbox dies before that, or after it and before the
 * answer; the service takes it and the answer is lost.
 */
export type CheckpointFate = "taken" | "crash before" | "crash after" | "answer lost";

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

  answer({ callback, name }: CallbackPoint): ScriptedPlay | undefined {
    return this.#scripts.begin(callback, name);
  }

  attempt(point: AttemptPoint): AttemptChoice | undefined {
    return this.#steps.begin(point);
  }

  get looksAtAttempts(): boolean {
    return !this.#steps.isEmpty;
  }

  checkpoint(): CheckpointFate {
    return "taken";
  }

  chance(): number {
    return 0;
  }

  copy(scripts: Scripts, steps: StepScripts): Choices {
    return new UsualChoices(scripts, steps);
  }

  get unasked(): readonly string[] {
    return [];
  }
}
