import type { CallbackOperation, Operation } from "../operation.ts";
import { placeOf } from "../operations/places.ts";
import type { Describer } from "../print/describe-event.ts";
import type { Occurrence } from "../print/occurrences.ts";
import { endOfInvocation } from "../print/timeline-rows.ts";
import type { Placeable } from "./columns.ts";
import type { Position } from "./picture.ts";

/** Something that happened, where it stands in the picture. */
export interface PlacedOccurrence {
  readonly occurrence: Occurrence;
  readonly position: Position;
  /** The operation that it is about. */
  readonly operation: string | undefined;
  /** What it says, without the time. */
  readonly text: string;
  /** With the time, as everywhere else. */
  readonly title: string;
}

/** Of which sort something is, for its place. */
export function sortOf(occurrence: Occurrence): Placeable["sort"] {
  switch (occurrence.kind) {
    case "invocation-start":
    case "invocation-end":
      return occurrence.kind;
    case "world":
    case "effect":
    case "notice":
      return "moment";
    case "event": {
      const type = occurrence.of.EventType;
      if (type === "ExecutionStarted") return "invocation-start";
      if (type.startsWith("Execution")) return "invocation-end";
      return type.endsWith("Started") ? "start" : "end";
    }
  }
}

/** Says which operation something is about, by id. */
export function operationFinder(
  operations: readonly Operation[],
): (occurrence: Occurrence) => string | undefined {
  const callbacks = operations.filter(
    (operation): operation is CallbackOperation => operation.type === "CALLBACK",
  );
  const byCallbackId = new Map(callbacks.map(({ callbackId, id }) => [callbackId, id] as const));
  const ids = new Set(operations.map(({ id }) => id));
  const known = (id: string | undefined): string | undefined =>
    id !== undefined && ids.has(id) ? id : undefined;
  return (occurrence) => {
    switch (occurrence.kind) {
      case "event":
        return known(occurrence.of.Id);
      case "world":
        return byCallbackId.get(occurrence.of.first.callbackId);
      case "effect":
        return known(placeOf(occurrence.of));
      case "notice":
        return known(occurrence.of.operationId);
      case "invocation-start":
      case "invocation-end":
        return undefined;
    }
  };
}

/** What an occurrence has to say, as the timeline says it. */
export function textOf(occurrence: Occurrence, describe: Describer, startedAt: Date): string {
  switch (occurrence.kind) {
    case "event":
      return describe.event(occurrence.of)?.text ?? "";
    case "world":
      return describe.world(occurrence.of, startedAt).text;
    case "effect":
      return describe.effect(occurrence.of).text;
    case "notice":
      return describe.notice(occurrence.of).text;
    case "invocation-start":
      return `invocation ${occurrence.invocation}`;
    case "invocation-end":
      return endOfInvocation(occurrence.of, describe).text;
  }
}
