import type { Execution } from "./execution.ts";

/**
 * The executions of a runner: the one under test, and those that it has invoked.
 *
 * Owns: which they are, and which have changed since they were last looked at.
 */
export class Executions {
  readonly #byArn = new Map<string, Execution>();
  /** Those that have changed since they were last looked at, and when. */
  readonly #changedAt = new Map<Execution, number>();

  add(execution: Execution): void {
    this.#byArn.set(execution.state.arn, execution);
  }

  /** By ARN, in the order in which they started. */
  get byArn(): ReadonlyMap<string, Execution> {
    return this.#byArn;
  }

  /** @param at - virtual epoch milliseconds. */
  changed(execution: Execution, at: number): void {
    if (!this.#changedAt.has(execution)) this.#changedAt.set(execution, at);
  }

  /** Takes over copies of the executions of others, in their order. */
  takeOver(others: Executions, copyOf: (execution: Execution) => Execution): void {
    for (const execution of others.#byArn.values()) this.add(copyOf(execution));
    for (const [execution, at] of others.#changedAt) this.changed(copyOf(execution), at);
  }

  /** Those whose handler must be invoked without anything more happening. */
  waiting(): ReadonlyMap<Execution, number> {
    for (const execution of this.#changedAt.keys()) {
      if (!execution.needsInvocation) this.#changedAt.delete(execution);
    }
    return this.#changedAt;
  }
}
