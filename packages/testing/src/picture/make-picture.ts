import type { EventType } from "@durabletest/runtime/protocol";
import type { Operation } from "../operation.ts";
import { operationTree } from "../operations/tree.ts";
import { nextDeadline } from "../print/deadlines.ts";
import { describer } from "../print/describe-event.ts";
import { groupHeartbeats, type WorldEventGroup } from "../print/heartbeats.ts";
import { type Occurrence, occurrencesOf, unrecorded } from "../print/occurrences.ts";
import { formatLength } from "../print/offset.ts";
import { outcomeLine } from "../print/outcome.ts";
import type { DurableResult } from "../result.ts";
import { arrangeColumns } from "./columns.ts";
import { type EffectOfStep, effectPositions } from "./effect-positions.ts";
import { invocationBars } from "./invocation-bars.ts";
import { operationFinder, type PlacedOccurrence, sortOf, textOf } from "./occurrence-places.ts";
import { operationRows } from "./operation-rows.ts";
import type { Picture, Position } from "./picture.ts";
import { effectPoints, worldPoints } from "./world-points.ts";

/** More heartbeats than this with nothing between them are shown by the first of them. */
const HEARTBEATS_SHOWN = 12;

/** Draws up what is to be seen of an execution. */
export function makePicture(result: DurableResult<unknown>): Picture {
  const describe = describer(result);
  const findOperation = operationFinder(result.operations);
  const msOf = (at: Date): number => Math.max(0, at.getTime() - result.startedAt.getTime());
  const offset = (ms: number): string => `+${formatLength(ms)}`;

  const all = occurrencesOf(result, heartbeatsToShow(result)).map((occurrence) => ({
    occurrence,
    operation: findOperation(occurrence),
  }));
  const effects = all.filter(isEffectOfStep);
  const others = all.filter((one) => !isEffectOfStep(one));
  const columns = arrangeColumns(
    others.map(({ occurrence, operation }) => ({
      at: msOf(occurrence.at),
      sort: sortOf(occurrence),
      subject: operation ?? occurrence.kind,
    })),
    result.elapsedMs,
    result.status === "PENDING" ? result.operations.flatMap(openDeadline).map(msOf) : [],
  );
  const positionAt = (at: Date): Position => columns.positionAt(msOf(at));
  const place = ({ occurrence, operation }: Found, position: Position = 0): PlacedOccurrence => {
    const text = textOf(occurrence, describe, result.startedAt);
    const title = `${offset(msOf(occurrence.at))}  ${text}`;
    return { occurrence, operation, position, text, title };
  };
  const placedOthers = others.map((one, index) => place(one, columns.positions[index]));
  const positions = effectPositions(effects, placedOthers, positionAt);
  const placed = [
    ...placedOthers,
    ...effects.map((one) => place(one, positions.get(one.occurrence))),
  ].toSorted((a, b) => a.position - b.position);
  const end = (columns.instants.find(({ isAhead }) => isAhead)?.from ?? columns.count) - 1;
  const tree = operationTree(result.operations);
  const invocations = invocationBars(result, placed, end);
  return {
    heading: outcomeLine(result),
    status: result.status,
    input: textOfEvent(placed, ["ExecutionStarted"]),
    outcome: textOfEvent(placed, [
      "ExecutionSucceeded",
      "ExecutionFailed",
      "ExecutionTimedOut",
      "ExecutionStopped",
    ]),
    columns: columns.count,
    instants: columns.instants.map((instant) => ({ ...instant, offset: offset(instant.at) })),
    invocations,
    world: worldPoints(placed, tree),
    effects: effectPoints(placed),
    rows: operationRows({
      tree,
      placed,
      invocations,
      end,
      isOver: result.status !== "PENDING",
      positionAt,
      offset: (at) => offset(msOf(at)),
    }),
    end,
  };
}

interface Found {
  readonly occurrence: Occurrence;
  readonly operation: string | undefined;
}

function isEffectOfStep(found: Found): found is EffectOfStep {
  return found.occurrence.kind === "effect" && found.operation !== undefined;
}

/** A job of hours sends thousands; nobody would see anything else. */
function heartbeatsToShow(result: DurableResult<unknown>): readonly WorldEventGroup[] {
  const seen = unrecorded(result);
  let from = 0;
  return groupHeartbeats(seen).flatMap((group) => {
    const each = seen.slice(from, from + group.count);
    from += group.count;
    if (group.count > HEARTBEATS_SHOWN) return [group];
    return each.map((event) => ({ first: event, last: event, count: 1 }));
  });
}

function openDeadline(operation: Operation): readonly Date[] {
  if (operation.endedAt !== undefined) return [];
  const due = nextDeadline(operation);
  const last = operation.type === "CALLBACK" ? operation.timeoutAt : undefined;
  return [due, last].filter((at) => at !== undefined);
}

function textOfEvent(placed: readonly PlacedOccurrence[], types: readonly EventType[]): string {
  const found = placed.find(
    ({ occurrence }) => occurrence.kind === "event" && types.includes(occurrence.of.EventType),
  );
  return found?.text ?? "";
}
