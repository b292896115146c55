import type { EventType, HistoryEvent } from "@durabletest/runtime/protocol";
import type { Effect } from "../effect.ts";
import type { DurableResult, Invocation, Notice } from "../result.ts";
import type { WorldEventGroup } from "./heartbeats.ts";

/** Something that happened, or one of the edges of an invocation. */
export type Occurrence = {
  readonly at: Date;
  /** Of the invocation that is going on: 1 for the first. Absent between two. */
  readonly invocation: number | undefined;
} & (
  | { readonly kind: "invocation-start"; readonly of: Invocation }
  | { readonly kind: "invocation-end"; readonly of: Invocation | undefined }
  | { readonly kind: "event"; readonly of: HistoryEvent }
  | { readonly kind: "world"; readonly of: WorldEventGroup }
  | { readonly kind: "effect"; readonly of: Effect }
  | { readonly kind: "notice"; readonly of: Notice }
);

/** What the service has no events for: heartbeats, and answers that came too late. */
export function unrecorded({
  world,
}: Pick<DurableResult<unknown>, "world">): DurableResult<unknown>["world"] {
  return world.filter(({ kind, ignored }) => kind === "heartbeat" || ignored);
}

/**
 * What happened, in order: the service's events, and between them what it has no events for. Notices
 * stand at the end of their invocation.
 *
 * @param unseen - what the world did that is in no event, as it is to be told.
 */
export function occurrencesOf(
  result: DurableResult<unknown>,
  unseen: readonly WorldEventGroup[],
): readonly Occurrence[] {
  const occurrences: Occurrence[] = [];
  const world = queue(unseen);
  const notices = queue(result.notices);
  const effects = queue(result.effects);
  const invocations = queue(result.invocations);
  let inside = false;
  const current = (): number => invocations.taken() + 1;
  const place = (): number | undefined => (inside ? current() : undefined);
  const begin = (): void => {
    const invocation = invocations.first();
    if (inside || invocation === undefined) return;
    inside = true;
    const at = invocation.startedAt;
    occurrences.push({ kind: "invocation-start", at, invocation: current(), of: invocation });
  };
  const addWorld = (until: Date | undefined): void => {
    for (const of of world.takeWhile(({ first }) => until === undefined || first.at < until)) {
      occurrences.push({ kind: "world", at: of.first.at, invocation: place(), of });
    }
  };
  const addNotices = (until: number): void => {
    for (const of of notices.takeWhile(({ invocation }) => invocation <= until)) {
      occurrences.push({ kind: "notice", at: of.at, invocation: place(), of });
    }
  };
  /** Those until a time; of an invocation that has ended, all. */
  const addEffects = (until: Date | undefined, ended = 0): void => {
    for (const of of effects.takeWhile(
      ({ at, invocation }) => invocation <= ended || until === undefined || at < until,
    )) {
      begin();
      occurrences.push({ kind: "effect", at: of.at, invocation: place(), of });
    }
  };
  for (const event of result.history) {
    const at = event.EventTimestamp;
    addWorld(at);
    addEffects(at);
    if (event.EventType === "InvocationCompleted") {
      begin();
      addEffects(at, current());
      addNotices(current());
      const invocation = current();
      inside = false;
      occurrences.push({ kind: "invocation-end", at, invocation, of: invocations.take() });
      continue;
    }
    if (OF_HANDLER.has(event.EventType)) begin();
    occurrences.push({ kind: "event", at, invocation: place(), of: event });
  }
  addWorld(undefined);
  addEffects(undefined);
  begin();
  addNotices(Infinity);
  return occurrences;
}

/** Events that only a running handler can cause. */
const OF_HANDLER: ReadonlySet<EventType> = new Set([
  "StepStarted",
  "StepSucceeded",
  "StepFailed",
  "WaitStarted",
  "WaitCancelled",
  "CallbackStarted",
  "ContextStarted",
  "ContextSucceeded",
  "ContextFailed",
  "ChainedInvokeStarted",
]);

/** A list that is read once, from its beginning. */
function queue<Value>(values: readonly Value[]): {
  first(): Value | undefined;
  take(): Value | undefined;
  taken(): number;
  takeWhile(isTaken: (value: Value) => boolean): readonly Value[];
} {
  let next = 0;
  return {
    first: () => values[next],
    take: () => values[next++],
    taken: () => next,
    takeWhile(isTaken) {
      const from = next;
      for (let value = values[next]; value !== undefined && isTaken(value); value = values[next]) {
        next += 1;
      }
      return values.slice(from, next);
    },
  };
}
