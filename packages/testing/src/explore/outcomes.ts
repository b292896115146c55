import type { InvocationStatus } from "../result.ts";
import { type ExecutionRun, scheduleOf } from "./execution-run.ts";
import { outcomeText } from "./outcome.ts";

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
  /** The same, by what they have recorded to the letter: most end so as others have. */
  readonly #endedSo = new Map<string, Ended>();
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
  add(run: ExecutionRun): { readonly ended: Ended; readonly isNew: boolean } {
    this.#runs += 1;
    const { historyKey } = run;
    const isNew = !this.#histories.has(historyKey);
    this.#histories.add(historyKey);
    const end = recordedEnd(run);
    let ended = this.#endedSo.get(end);
    if (ended === undefined) {
      ended = this.#endedAs(run);
      if (this.#endedSo.size < MOST_ENDS) this.#endedSo.set(end, ended);
    }
    ended.count += 1;
    return { ended, isNew };
  }

  #endedAs({ result, decisions }: ExecutionRun): Ended {
    const key = outcomeText(result);
    const known = this.#ended.get(key);
    if (known !== undefined) return known;
    const { status, error } = result;
    const text = error && `${error.ErrorType ?? "Error"}: ${error.ErrorMessage ?? ""}`;
    const schedule = scheduleOf(decisions);
    const outcome = { status, result: result.result, error: text, count: 1, schedule };
    const ended = { outcome, count: 0 };
    this.#ended.set(key, ended);
    return ended;
  }

  /** Counts one more that went as one has gone that ended so. */
  again(ended: Ended): void {
    this.#runs += 1;
    ended.count += 1;
  }
}

/** Where ends have times in them, there are as many as executions. */
const MOST_ENDS = 1000;

function recordedEnd({ engine: { root } }: ExecutionRun): string {
  const { status, result, error } = root?.state ?? {};
  const { ErrorType, ErrorMessage } = error ?? {};
  return [status, result, ErrorType, ErrorMessage].join("\n");
}
