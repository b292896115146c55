import type { EventType } from "@durabletest/runtime/protocol";
import type { OperationTree } from "../operations/tree.ts";
import type { PlacedOccurrence } from "./occurrence-places.ts";
import type { Point } from "./picture.ts";

/** What the outside world did: answers, heartbeats, what invoked functions came to, and what came too late. */
export function worldPoints(
  placed: readonly PlacedOccurrence[],
  tree: OperationTree,
): readonly Point[] {
  return placed.flatMap((one): readonly Point[] => {
    const kind = worldKind(one);
    if (kind === undefined) return [];
    const { position, title, operation } = one;
    const about = operation === undefined ? undefined : tree.get(operation);
    const label = about && tree.nameOf(about);
    return [{ kind, at: position, title, operation, ...(label !== undefined && { label }) }];
  });
}

/** What the handler did to the world. */
export function effectPoints(placed: readonly PlacedOccurrence[]): readonly Point[] {
  return placed.flatMap(({ occurrence, position, title, operation }): readonly Point[] => {
    if (occurrence.kind !== "effect") return [];
    const { name, key } = occurrence.of;
    const label = key === undefined ? name : `${name} ${key}`;
    return [{ kind: "effect", at: position, title, operation, label }];
  });
}

function worldKind({ occurrence }: PlacedOccurrence): Point["kind"] | undefined {
  if (occurrence.kind === "world") {
    const { ignored, kind } = occurrence.of.first;
    return ignored ? "ignored" : kind;
  }
  if (occurrence.kind !== "event") return undefined;
  return ANSWERS[occurrence.of.EventType];
}

const ANSWERS: Partial<Readonly<Record<EventType, Point["kind"]>>> = {
  CallbackSucceeded: "success",
  CallbackFailed: "failure",
  ChainedInvokeSucceeded: "success",
  ChainedInvokeFailed: "failure",
};
