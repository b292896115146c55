import type { ErrorObject } from "@durabletest/runtime";
import type { OperationStatus } from "@durabletest/runtime/protocol";
import type { Drive } from "./engine/drive.ts";
import { OperationNotFoundError } from "./errors.ts";
import type { Operation, StepOperation } from "./operation.ts";
import { choose, havingName, namesLike } from "./operations/find.ts";
import { takeResult } from "./result.ts";

/**
 * One step of the execution under test, or of one that it has invoked, as it stands whenever it is read.
 *
 * @throws OperationNotFoundError from every member, with near misses, as long as there is no such step.
 */
export interface StepHandle {
  readonly id: string;
  readonly status: OperationStatus;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  /** The number of the last attempt that was made: 1 for the first. */
  readonly attempt: number;
  /** When the next attempt is due; only between two attempts. */
  readonly nextAttemptAt: Date | undefined;
  /** How often its function was called; `undefined` where that could not be observed. */
  readonly runs: number | undefined;
  /** How often its function came to its end; `undefined` where that could not be observed. */
  readonly completedRuns: number | undefined;
  /** What it returned, parsed where it is JSON. */
  readonly result: unknown;
  /** What it last threw. */
  readonly error: ErrorObject | undefined;
}

interface HandleOptions {
  readonly name: string;
  readonly index: number | undefined;
  readonly drive: Drive<unknown>;
}

export function stepHandle(options: HandleOptions): StepHandle {
  return new Handle(options);
}

/** Looks its step up whenever it is read: the step may not have started yet. */
class Handle implements StepHandle {
  readonly #options: HandleOptions;

  constructor(options: HandleOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#find().id;
  }

  get status(): OperationStatus {
    return this.#find().status;
  }

  get startedAt(): Date {
    return this.#find().startedAt;
  }

  get endedAt(): Date | undefined {
    return this.#find().endedAt;
  }

  get attempt(): number {
    return this.#find().attempt;
  }

  get nextAttemptAt(): Date | undefined {
    return this.#find().nextAttemptAt;
  }

  get runs(): number | undefined {
    return this.#find().runs;
  }

  get completedRuns(): number | undefined {
    return this.#find().completedRuns;
  }

  get result(): unknown {
    return this.#find().result;
  }

  get error(): ErrorObject | undefined {
    return this.#find().error;
  }

  #find(): StepOperation {
    const { name, index, drive } = this.#options;
    const { engine, calls } = drive;
    const all = [...engine.executions.byArn.values()].map(
      (execution) => takeResult(engine.source(execution)).operations,
    );
    const each = <T>(
      pick: (operations: readonly Operation[], steps: readonly StepOperation[]) => readonly T[],
    ): readonly T[] => all.flatMap((operations) => pick(operations, stepsOf(operations)));
    return drive.explain(() =>
      choose({
        what: "step",
        name,
        index,
        having: each((operations, steps) => havingName(operations, steps, name)),
        names: () => each((operations, steps) => namesLike(operations, steps, name)),
        fail: (message) => new OperationNotFoundError(`${message}${calls.describeOpen()}`),
      }),
    );
  }
}

function stepsOf(operations: readonly Operation[]): readonly StepOperation[] {
  return operations.filter((operation) => operation.type === "STEP");
}
