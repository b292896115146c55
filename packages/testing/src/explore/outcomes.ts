import type { InvocationStatus } from "../result.ts";
import { type ExecutionRun, scheduleOf } from "./execution-run.ts";
import { historyKey, outcomeText } from "./outcome.ts";

/** How executions ended that ended alike. */
export interface ExploredOutcome {
  readonly status: InvocationStatus;
  readonly result: unknown;
  /** `PaymentDeclined: no money`. */
  readonly error: string | undefined;
  readonly count: number;
  /** Of one of them, for the option `schedule` of a runner. */
  readonly schedule: string;
}

/** Executions that ended alike. */
export interface Ended {
  readonly outcome: ExploredOutcome;
  count: number;
}

/**
 * What executions came to.
 *
 * Owns: how many there were, how they ended, which had a history of their own.
 */
export class Outcomes {
  readonly #ended = new Map<string, Ended>();
  readonly #histories = new Set<string>();
  #runs = 0;

  get runs(): number {
    return this.#runs;
  }

  get distinct(): number {
    return this.#histories.size;
  }

  /** The most frequent end first. */
  all(): readonly ExploredOutcome[] {
    return [...this.#ended.values()]
      .map(({ outcome, count }) => ({ ...outcome, count }))
      .toSorted((a, b) => b.count - a.count);
  }

  /** Counts an execution; says whether there has been none with its history. */
  add({ engine, result, decisions }: ExecutionRun): { readonly ended: Ended; isNew: boolean } {
    this.#runs += 1;
    const history = historyKey(engine);
    const isNew = !this.#histories.has(history);
    this.#histories.add(history);
    const key = outcomeText(result);
    const known = this.#ended.get(key);
    if (known !== undefined) {
      known.count += 1;
      return { ended: known, isNew };
    }
    const { status, error } = result;
    const text = error && `${error.ErrorType ?? "Error"}: ${error.ErrorMessage ?? ""}`;
    const schedule = scheduleOf(decisions);
    const outcome = { status, result: result.result, error: text, count: 1, schedule };
    const ended = { outcome, count: 1 };
    this.#ended.set(key, ended);
    return { ended, isNew };
  }

  /** Counts one more that went as one has gone that ended so. */
  again(ended: Ended): void {
    this.#runs += 1;
    ended.count += 1;
  }
}
