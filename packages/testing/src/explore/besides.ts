import type { DecisionPoint } from "../engine/decided-choices.ts";
import type { Engine } from "../engine/engine.ts";
import type { ExecutionState, OperationRecord } from "../service/state.ts";

/** Of one point so many times are remembered. */
const MOST_TIMES = 12;

interface Decided {
  readonly point: DecisionPoint;
  readonly decided: unknown;
}

/**
 * What may happen beside something that somebody decides about, while a callback is open or an attempt goes on: a
 * wait ends that began after it, another one's deadline comes. An answer or an end may come before that, or after.
 *
 * Owns: what executions so far have taught about that, by the ids of points.
 */
export class Besides {
  readonly #times = new Map<string, Set<number>>();
  /** How much is known. */
  size = 0;
  /** Whether there was more than is remembered. */
  isCut = false;

  /** Milliseconds after a point came up. */
  after(id: string): Iterable<number> {
    return this.#times.get(id) ?? [];
  }

  learnFrom(decisions: readonly Decided[], { executions }: Engine): void {
    const spans = [...executions.byArn.values()].flatMap(({ state }) => spansOf(state));
    for (const { point, decided } of decisions) {
      if (point.kind !== "callback" && point.kind !== "step") continue;
      const { id, now } = point;
      const until = point.kind === "step" ? now + msOf(decided) : endOf(point.callback.id, spans);
      for (const { startedAt, times } of spans) {
        if (startedAt < now || startedAt > until) continue;
        for (const time of times) if (time > now) this.#add(id, time - now);
      }
    }
  }

  #add(id: string, ms: number): void {
    const known = this.#times.get(id) ?? new Set();
    if (known.has(ms)) return;
    if (known.size === MOST_TIMES) {
      this.isCut = true;
      return;
    }
    this.#times.set(id, known.add(ms));
    this.size += 1;
  }
}

/** An operation. Epoch milliseconds. */
interface Span {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** When the service brings it to something, or would. When it ended is mostly what was decided. */
  readonly times: readonly number[];
}

function spansOf({ operations }: ExecutionState): readonly Span[] {
  return [...operations.values()].map((record) => {
    const { Id, StartTimestamp, EndTimestamp } = record.operation;
    return {
      id: Id,
      startedAt: Number(StartTimestamp),
      endedAt: EndTimestamp === undefined ? Infinity : Number(EndTimestamp),
      times: timesOf(record),
    };
  });
}

function timesOf({ operation, callback }: OperationRecord): readonly number[] {
  const { WaitDetails, StepDetails } = operation;
  const times = [
    WaitDetails?.ScheduledEndTimestamp,
    StepDetails?.NextAttemptTimestamp,
    callback?.timeoutAt,
    callback?.heartbeatAt,
  ];
  return times.flatMap((time) => (time === undefined ? [] : [Number(time)]));
}

/** How long an attempt takes. */
function msOf(decided: unknown): number {
  const last: unknown = Array.isArray(decided) ? decided.at(-1) : undefined;
  return typeof last === "number" ? last : 0;
}

function endOf(operationId: string, spans: readonly Span[]): number {
  return spans.find(({ id }) => id === operationId)?.endedAt ?? Infinity;
}
