import type { ReportedEvent, ReportedExecution } from "./report-data.ts";

/** An operation in the state that an invocation was given. */
interface GivenOperation {
  readonly operation: string;
  /** `SUCCEEDED`; `READY` for a step whose next attempt is due. */
  readonly status: string;
  /** The last event of it. */
  readonly event: ReportedEvent;
}

/** The state that an invocation was given, and what of it was left out. */
export interface GivenState {
  readonly operations: readonly GivenOperation[];
  /** Those in contexts that had ended: the service does not send them again. */
  readonly leftOut: number;
}

/**
 * The state that an invocation was given: what the events before it come to.
 *
 * @param number - 1 for the first.
 */
export function stateGiven(execution: ReportedExecution, number: number): GivenState {
  const invocation = execution.invocations[number - 1];
  if (invocation === undefined) return { operations: [], leftOut: 0 };
  const last = new Map<string, ReportedEvent>();
  for (const event of execution.events.slice(0, invocation.eventsBefore)) {
    if (event.operation !== undefined) last.set(event.operation, event);
  }
  const parents = new Map(execution.operations.map(({ id, parentId }) => [id, parentId] as const));
  const statusOf = (event: ReportedEvent): string => statusAfter(event, invocation.at);
  const isLeftOut = (id: string): boolean => {
    for (let at = parents.get(id); at !== undefined; at = parents.get(at)) {
      const event = last.get(at);
      if (event !== undefined && isOver(statusOf(event))) return true;
    }
    return false;
  };
  const given = execution.operations.flatMap(({ id }): readonly GivenOperation[] => {
    const event = last.get(id);
    return event === undefined ? [] : [{ operation: id, status: statusOf(event), event }];
  });
  const operations = given.filter(({ operation }) => !isLeftOut(operation));
  return { operations, leftOut: given.length - operations.length };
}

function statusAfter({ type, at, delay }: ReportedEvent, now: number): string {
  if (delay !== undefined) return at + delay <= now ? "READY" : "PENDING";
  if (type.endsWith("Started")) return "STARTED";
  if (type.endsWith("Succeeded")) return "SUCCEEDED";
  if (type.endsWith("TimedOut")) return "TIMED_OUT";
  if (type.endsWith("Cancelled")) return "CANCELLED";
  if (type.endsWith("Stopped")) return "STOPPED";
  return "FAILED";
}

function isOver(status: string): boolean {
  return status !== "STARTED" && status !== "PENDING" && status !== "READY";
}
