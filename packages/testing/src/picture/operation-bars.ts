import { type HistoryEvent, isEnded } from "@durabletest/runtime/protocol";
import type { Operation } from "../operation.ts";
import { nextDeadline } from "../print/deadlines.ts";
import { formatLength } from "../print/offset.ts";
import type { PlacedOccurrence } from "./occurrence-places.ts";
import type { Bar, InvocationBar, Position } from "./picture.ts";

interface Stretch {
  /** What happened to the operation, in order. */
  readonly happened: readonly PlacedOccurrence[];
  readonly from: Position;
  readonly to: Position;
  readonly invocations: readonly InvocationBar[];
  /** Where the execution ended, or stands. */
  readonly end: Position;
  readonly isOver: boolean;
  readonly positionAt: (at: Date) => Position;
  readonly offset: (at: Date) => string;
}

/** The stretches of an operation, from its start to its end, and what is to come. */
export function operationBars(operation: Operation, stretch: Stretch): readonly Bar[] {
  const bars =
    operation.type === "STEP" ? stepBars(operation, stretch) : [wholeBar(operation, stretch)];
  return [...bars, ...barAhead(operation, stretch)];
}

function wholeBar(operation: Operation, { from, to, happened }: Stretch): Bar {
  return {
    kind: operation.type === "CONTEXT" ? "context" : "open",
    end: endOf(operation),
    from,
    to,
    title: happened.map(({ title }) => title).join("\n"),
  };
}

function endOf({ status }: Pick<Operation, "status">): Bar["end"] {
  if (!isEnded(status)) return "open";
  return status === "SUCCEEDED" ? "done" : "failed";
}

/** Its attempts, and the time between them. */
function stepBars(operation: Operation, stretch: Stretch): readonly Bar[] {
  const bars: Bar[] = [];
  let started: PlacedOccurrence | undefined;
  let retry:
    | { readonly from: Position; readonly title: string; readonly label: string }
    | undefined;
  const begin = (one: PlacedOccurrence): void => {
    if (retry !== undefined) bars.push({ kind: "retry", end: "done", to: one.position, ...retry });
    retry = undefined;
    started = one;
  };
  const run = (to: Position, end: Bar["end"], title: string): void => {
    if (started !== undefined) bars.push(...runs(started.position, to, end, title, stretch));
    started = undefined;
  };
  for (const one of stretch.happened) {
    const { occurrence, position, title } = one;
    if (occurrence.kind !== "event") continue;
    if (occurrence.of.EventType === "StepStarted") {
      run(position, "cut", title);
      begin(one);
    }
    const ended = attemptEnd(occurrence.of);
    if (ended === undefined) continue;
    if (started === undefined) begin(one);
    run(position, ended.end, title);
    if (ended.delaySeconds === undefined) continue;
    const label = `again in ${formatLength(ended.delaySeconds * 1000)}`;
    retry = { from: position, title, label };
  }
  const { to } = stretch;
  run(to, endOf(operation), startedTitle(stretch));
  if (retry !== undefined && to > retry.from) {
    bars.push({ kind: "retry", end: "open", to, ...retry });
  }
  return bars;
}

function attemptEnd(
  event: HistoryEvent,
): { readonly end: Bar["end"]; readonly delaySeconds: number | undefined } | undefined {
  if (event.EventType === "StepSucceeded") {
    const { NextAttemptDelaySeconds } = event.StepSucceededDetails.RetryDetails;
    return { end: "done", delaySeconds: NextAttemptDelaySeconds };
  }
  if (event.EventType !== "StepFailed") return undefined;
  const { NextAttemptDelaySeconds } = event.StepFailedDetails.RetryDetails;
  return { end: "failed", delaySeconds: NextAttemptDelaySeconds };
}

function startedTitle({ happened }: Stretch): string {
  return happened.findLast(({ occurrence }) => occurrence.kind === "event")?.title ?? "";
}

/** What of an attempt some invocation was at work at, and what of it nobody was. */
function runs(
  from: Position,
  to: Position,
  end: Bar["end"],
  title: string,
  { invocations }: Stretch,
): readonly Bar[] {
  const bars: Bar[] = [];
  let at = from;
  const idle = (until: Position): void => {
    if (until > at) bars.push({ kind: "idle", end: "open", from: at, to: until, title });
  };
  for (const invocation of invocations) {
    if (invocation.to <= from) continue;
    if (invocation.from >= to) break;
    const begins = Math.max(from, invocation.from);
    const ends = Math.min(to, invocation.to);
    idle(begins);
    const isCut = ends < to || (ends === invocation.to && invocation.status === "DIED");
    bars.push({
      kind: "attempt",
      end: isCut ? (invocation.status === "DIED" ? "cut" : "open") : end,
      from: begins,
      to: ends,
      title: isCut ? `${title}\n${invocation.ending}` : title,
    });
    at = ends;
  }
  if (at === from) return [{ kind: "attempt", end, from, to, title }];
  idle(to);
  return bars;
}

/** From where the execution stands to what is due. */
function barAhead(operation: Operation, { end, isOver, ...stretch }: Stretch): readonly Bar[] {
  if (isOver || isEnded(operation.status)) return [];
  const last =
    operation.type === "CALLBACK"
      ? (operation.timeoutAt ?? operation.heartbeatAt)
      : nextDeadline(operation);
  if (last === undefined) return [];
  const to = stretch.positionAt(last);
  if (to <= end) return [];
  return [{ kind: "ahead", end: "open", from: end, to, title: `due ${stretch.offset(last)}` }];
}
