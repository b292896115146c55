import { isEnded } from "@durabletest/runtime/protocol";
import type { Operation } from "../operation.ts";
import { groupBy } from "../operations/group-by.ts";
import { kindOf, operationNames, type OperationNames } from "../operations/names.ts";
import type { OperationTree } from "../operations/tree.ts";
import { deadlinesOf } from "../print/deadlines.ts";
import type { Occurrence } from "../print/occurrences.ts";
import type { PlacedOccurrence } from "./occurrence-places.ts";
import { operationBars } from "./operation-bars.ts";
import type { InvocationBar, OperationRow, Point, PointKind, Position } from "./picture.ts";

/** What the rows are made of, and where things stand. */
export interface RowSource {
  readonly tree: OperationTree;
  readonly placed: readonly PlacedOccurrence[];
  readonly invocations: readonly InvocationBar[];
  readonly end: Position;
  /** Whether the execution has ended. */
  readonly isOver: boolean;
  readonly positionAt: (at: Date) => Position;
  readonly offset: (at: Date) => string;
}

/** The operations as the tree they are, each followed by what is in it. */
export function operationRows(source: RowSource): readonly OperationRow[] {
  const { tree } = source;
  const names = operationNames(tree);
  const happened = groupBy(source.placed, ({ operation }) => operation);
  const rows: OperationRow[] = [];
  const ends = new Map<string, Position>();
  const add = (operation: Operation, depth: number): void => {
    const row = rowOf(operation, depth, happened.get(operation.id) ?? [], names, source);
    if (isEnded(operation.status)) ends.set(operation.id, row.to);
    rows.push({ ...row, replayedIn: replays(row, ends.get(operation.parentId ?? ""), source) });
    for (const child of tree.childrenOf(operation)) add(child, depth + 1);
  };
  for (const root of tree.roots) add(root, 0);
  return rows;
}

function rowOf(
  operation: Operation,
  depth: number,
  happened: readonly PlacedOccurrence[],
  names: OperationNames,
  source: RowSource,
): Omit<OperationRow, "replayedIn"> {
  const path = names.path(operation);
  const first = happened[0]?.position ?? source.positionAt(operation.startedAt);
  const events = happened.filter(({ occurrence }) => occurrence.kind === "event");
  const last = events.at(-1);
  const hasEnded = isEnded(operation.status);
  const to = hasEnded
    ? (last?.position ?? source.positionAt(operation.endedAt ?? operation.startedAt))
    : source.end;
  const summary = summaryOf(operation, last?.text ?? "", path, source);
  const from = Math.min(first, to);
  return {
    id: operation.id,
    type: operation.type,
    status: operation.status,
    kind: kindOf(operation),
    label: `${names.title(operation)}${operation.type === "CHAINED_INVOKE" ? ` of ${operation.functionName}` : ""}`,
    path,
    depth,
    from,
    to,
    summary,
    title: [`${path} ${operation.status}`, ...happened.map(({ title }) => title)]
      .slice(0, LINES_OF_A_TITLE)
      .join("\n"),
    bars: operationBars(operation, { happened, from, to, ...source }),
    points: pointsOf(operation, happened, to, source),
  };
}

const LINES_OF_A_TITLE = 12;

/** What became of an operation, in the words of the timeline and without its name. */
function summaryOf(
  operation: Operation,
  last: string,
  path: string,
  { offset, isOver }: RowSource,
): string {
  if (!isEnded(operation.status)) {
    const attempt =
      operation.type === "STEP" && operation.attempt > 1 ? `, attempt ${operation.attempt}` : "";
    return isOver ? "was open" : `open${attempt}${deadlinesOf(operation, offset)}`;
  }
  const text = last.startsWith(path) ? last.slice(path.length) : last;
  return text.replace(/^[,:]? */, "");
}

function pointsOf(
  operation: Operation,
  happened: readonly PlacedOccurrence[],
  to: Position,
  { positionAt, offset, end, isOver }: RowSource,
): readonly Point[] {
  const points = happened.flatMap(({ occurrence, position, title }): readonly Point[] => {
    const kind = pointKind(occurrence);
    return kind === undefined ? [] : [{ kind, at: position, title }];
  });
  const ended = endKind(operation);
  const title =
    happened.findLast(({ occurrence }) => occurrence.kind === "event")?.title ?? operation.status;
  const ends: readonly Point[] = ended === undefined ? [] : [{ kind: ended, at: to, title }];
  const deadlines = deadlinesIn(operation).flatMap(([what, at]): readonly Point[] => {
    const position = positionAt(at);
    const isSeen =
      operation.endedAt === undefined
        ? !isOver || position < end
        : position < end && operation.endedAt < at;
    return isSeen ? [{ kind: "deadline", at: position, title: `${offset(at)}  ${what}` }] : [];
  });
  return [...points, ...deadlines, ...ends];
}

function pointKind(occurrence: Occurrence): PointKind | undefined {
  if (occurrence.kind === "effect" || occurrence.kind === "notice") return occurrence.kind;
  if (occurrence.kind !== "world") return undefined;
  const { ignored, kind } = occurrence.of.first;
  return ignored ? "ignored" : kind;
}

function deadlinesIn(operation: Operation): readonly (readonly [string, Date])[] {
  if (operation.type !== "CALLBACK") return [];
  const { timeoutAt, heartbeatAt } = operation;
  return [
    ...(timeoutAt === undefined ? [] : [["timeout", timeoutAt] as const]),
    ...(heartbeatAt === undefined ? [] : [["heartbeat due", heartbeatAt] as const]),
  ];
}

function endKind({ status }: Operation): PointKind | undefined {
  switch (status) {
    case "SUCCEEDED":
      return "succeeded";
    case "FAILED":
      return "failed";
    case "TIMED_OUT":
      return "timed-out";
    case "CANCELLED":
      return "cancelled";
    case "STOPPED":
      return "stopped";
    case "STARTED":
    case "PENDING":
    case "READY":
      return undefined;
  }
}

/**
 * The invocations that were given an operation as ended: all after its end, until that of the context around it, whose
 * operations nobody asks for any more.
 */
function replays(
  { status, to }: Pick<OperationRow, "status" | "to">,
  contextEnd: Position = Infinity,
  { invocations }: RowSource,
): OperationRow["replayedIn"] {
  if (!isEnded(status)) return undefined;
  const first = firstAfter(invocations, to);
  const last = firstAfter(invocations, contextEnd) - 1;
  return first > last ? undefined : [first + 1, last + 1];
}

/** The index of the first invocation that begins after a position; their number if none does. */
function firstAfter(invocations: readonly InvocationBar[], position: Position): number {
  let low = 0;
  let high = invocations.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((invocations[middle]?.from ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
