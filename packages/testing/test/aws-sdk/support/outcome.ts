import type { DurableResult, HistoryEvent, Operation } from "../../../src/index.ts";

/** What became of an execution, as plain data that is the same wherever and whenever it ran. */
export interface Outcome {
  /** The name of the error that a call of the test rejected with. */
  readonly rejection: string | undefined;
  readonly status: string;
  readonly result: unknown;
  /** Type, message and data; no stack. */
  readonly error: unknown;
  readonly elapsedMs: number;
  /** How each invocation ended. */
  readonly invocations: readonly string[];
  /** One line each, nested ones indented: `Step "charge" SUCCEEDED`. */
  readonly operations: readonly string[];
  /** The events, with offsets from the start in place of times. */
  readonly history: readonly unknown[];
}

export function outcomeOf(run: DurableResult<unknown>, rejection?: Error): Outcome {
  return {
    rejection: rejection?.name,
    status: run.status,
    result: run.result,
    error: withoutStacks(run.error),
    elapsedMs: run.elapsedMs,
    invocations: run.invocations.map(({ status }) => status),
    operations: operationLines(run.operations),
    history: run.history.map((event) => stable(event, run.startedAt.getTime())),
  };
}

/** One line an operation, children below their parent: its subtype, its name and its status. */
function operationLines(operations: readonly Operation[]): readonly string[] {
  const below = (parent: string | undefined, indent: string): string[] =>
    operations
      .filter(({ parentId }) => parentId === parent)
      .flatMap(({ id, type, subType, name, status }) => {
        const title = name === undefined ? (subType ?? type) : `${subType ?? type} "${name}"`;
        return [`${indent}${title} ${status}`, ...below(id, `${indent}  `)];
      });
  return below(undefined, "");
}

/** Without the order of what different operations did at the same instant. */
export function unordered(history: readonly unknown[]): readonly unknown[] {
  const events = history as readonly (HistoryEvent & { readonly EventTimestamp: string })[];
  let invocation = 0;
  const keyed = events.map(({ EventId: _id, ...event }) => {
    const key = [invocation, event.EventTimestamp, event.ParentId ?? "", event.Id ?? ""].join(" ");
    if (event.EventType === "InvocationCompleted") invocation += 1;
    return { key, event };
  });
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}

/** A line of a stack, also within JSON. */
const FRAME = /(?:\n|\\n) +at (?:(?!\n|\\n|").)*/gu;

function stable(event: HistoryEvent, start: number): unknown {
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return part.replaceAll(FRAME, "");
    if (part instanceof Date) return `+${part.getTime() - start} ms`;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(event);
}

function withoutStacks(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return error;
  const { StackTrace: _, ...rest } = error as Readonly<Record<string, unknown>>;
  return rest;
}
