import type { WorldEvent } from "../result.ts";

/** Heartbeats of one callback with nothing else between them, or one other event. */
export interface WorldEventGroup {
  readonly first: WorldEvent;
  readonly last: WorldEvent;
  readonly count: number;
}

/** A long-running job sends hundreds; they are one thing to read. */
export function groupHeartbeats(world: readonly WorldEvent[]): readonly WorldEventGroup[] {
  const groups: WorldEventGroup[] = [];
  for (const event of world) {
    const group = groups.at(-1);
    if (group !== undefined && isSameHeartbeat(group.first, event)) {
      groups[groups.length - 1] = { ...group, last: event, count: group.count + 1 };
    } else {
      groups.push({ first: event, last: event, count: 1 });
    }
  }
  return groups;
}

function isSameHeartbeat(a: WorldEvent, b: WorldEvent): boolean {
  return (
    a.kind === "heartbeat" &&
    b.kind === "heartbeat" &&
    a.callbackId === b.callbackId &&
    a.by === b.by &&
    a.ignored === b.ignored
  );
}
