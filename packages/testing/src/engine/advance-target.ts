import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { TargetNotReachedError } from "../errors.ts";
import { nearMisses } from "../input/near-misses.ts";
import type { Operation } from "../operation.ts";
import { havingName, namesLike } from "../operations/find.ts";
import { formatAllBlockers } from "../print/blockers.ts";
import { type DurableResult, takeResult } from "../result.ts";
import type { Engine } from "./engine.ts";

/** Where `advanceUntil` goes. */
export interface AdvanceTarget {
  isReached(): boolean;
  /** That it has not been reached, as a sentence for a message. */
  describeMiss(): string;
}

/** @throws InvalidArgumentError */
export function advanceTarget<Output>(
  engine: Engine,
  wanted: string | ((result: DurableResult<Output>) => boolean),
  index: number,
): AdvanceTarget {
  if (typeof wanted === "function") return new PredicateTarget(engine, wanted);
  if (typeof wanted !== "string" || wanted === "") {
    throw new InvalidArgumentError(
      `advanceUntil: ${describeValue(wanted)} is neither the name of an operation nor a function of the result.`,
    );
  }
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new InvalidArgumentError(
      `advanceUntil: the index ${describeValue(index)} is no whole number from 0 on.`,
    );
  }
  return new OperationTarget(engine, wanted, index);
}

/**
 * Says where the executions stand, if not at their target.
 *
 * @throws TargetNotReachedError
 */
export function assertReached(target: AdvanceTarget, engine: Engine): void {
  if (target.isReached()) return;
  const { status, endedAt } = takeResult(engine.source());
  const where =
    status === "PENDING"
      ? `Nothing more happens by itself. It is ${new Date(engine.clock.now()).toISOString()}. ${formatAllBlockers(engine.executions.byArn.values())}`
      : `The execution has ended: ${status} at ${endedAt?.toISOString()}.`;
  throw new TargetNotReachedError(`advanceUntil: ${target.describeMiss()} ${where}`);
}

class PredicateTarget<Output> implements AdvanceTarget {
  readonly #engine: Engine;
  readonly #holds: (result: DurableResult<Output>) => boolean;

  constructor(engine: Engine, holds: (result: DurableResult<Output>) => boolean) {
    this.#engine = engine;
    this.#holds = holds;
  }

  isReached(): boolean {
    const held: unknown = this.#holds(takeResult<Output>(this.#engine.source()));
    if (typeof held === "object" && held !== null && "then" in held) {
      throw new InvalidArgumentError(
        "advanceUntil: the predicate gave a promise. It is asked before each thing that happens, and must answer at once.",
      );
    }
    return Boolean(held);
  }

  describeMiss(): string {
    return "The predicate has never held.";
  }
}

/** An operation of the execution under test, or of one that it has invoked. */
class OperationTarget implements AdvanceTarget {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #index: number;
  /** How many operations there were when this was last looked at. */
  #looked = 0;
  #reached = false;

  constructor(engine: Engine, name: string, index: number) {
    this.#engine = engine;
    this.#name = name;
    this.#index = index;
  }

  isReached(): boolean {
    const executions = [...this.#engine.executions.byArn.values()];
    const count = executions.reduce((sum, { state }) => sum + state.operations.size, 0);
    if (count !== this.#looked) this.#reached = this.#started() > this.#index;
    this.#looked = count;
    return this.#reached;
  }

  describeMiss(): string {
    const name = JSON.stringify(this.#name);
    const started = this.#started();
    if (started > 0) {
      return `There is no operation ${name} number ${this.#index}: ${started} of that name ${started === 1 ? "has" : "have"} started, and they count from 0.`;
    }
    const known = this.#operations().flatMap((operations) =>
      namesLike(operations, operations, this.#name),
    );
    const others =
      known.length === 0 ? " No operation has." : nearMisses(this.#name, [...new Set(known)]);
    return `No operation ${name} has started.${others}`;
  }

  #started(): number {
    return this.#operations()
      .map((operations) => havingName(operations, operations, this.#name).length)
      .reduce((sum, each) => sum + each, 0);
  }

  /** Of each execution. */
  #operations(): readonly (readonly Operation[])[] {
    return [...this.#engine.executions.byArn.values()].map(
      (execution) => takeResult(this.#engine.source(execution)).operations,
    );
  }
}
