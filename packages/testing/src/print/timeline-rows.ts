import type { EventType } from "@durabletest/runtime/protocol";
import type { DurableResult, Invocation } from "../result.ts";
import { type Describer, describer, type Line } from "./describe-event.ts";
import { groupHeartbeats } from "./heartbeats.ts";
import { formatOffset } from "./offset.ts";
import { placeText } from "./place.ts";

/** One line. Its mark says where it stands: at an edge of an invocation, inside one, or between two. */
export interface Row extends Line {
  readonly offset: string;
  readonly mark: "┌" | "│" | "└" | " ";
}

/**
 * What happened, in order: the service's events, and between them what it has no events for. Notices
 * stand at the end of their invocation.
 */
export function timelineRows(result: DurableResult<unknown>): readonly Row[] {
  const { startedAt } = result;
  const describe = describer(result);
  const rows: Row[] = [];
  const unseen = groupHeartbeats(
    result.world.filter(({ kind, ignored }) => kind === "heartbeat" || ignored),
  ).slice();
  const notices = result.notices.slice();
  const effects = result.effects.slice();
  const invocations = result.invocations.slice();
  let inside = false;
  const add = (at: Date, mark: Row["mark"], line: Line): void => {
    rows.push({ offset: formatOffset(at, startedAt), mark, ...line });
  };
  const number = (): number => result.invocations.length - invocations.length + 1;
  const begin = (): void => {
    const invocation = invocations[0];
    if (inside || invocation === undefined) return;
    inside = true;
    add(invocation.startedAt, "┌", { text: `invocation ${number()}`, tone: "quiet" });
  };
  const addUnseen = (until: Date | undefined): void => {
    for (;;) {
      const group = unseen[0];
      if (group === undefined || (until !== undefined && group.first.at >= until)) return;
      unseen.shift();
      add(group.first.at, inside ? "│" : " ", describe.world(group, startedAt));
    }
  };
  const addNotices = (invocation: number): void => {
    for (;;) {
      const notice = notices[0];
      if (notice === undefined || notice.invocation > invocation) return;
      notices.shift();
      add(notice.at, inside ? "│" : " ", describe.notice(notice));
    }
  };
  /** Those until a time; of an invocation that has ended, all. */
  const addEffects = (until: Date | undefined, ended = 0): void => {
    for (;;) {
      const effect = effects[0];
      if (effect === undefined) return;
      const isOver = effect.invocation <= ended || until === undefined || effect.at < until;
      if (!isOver) return;
      effects.shift();
      begin();
      add(effect.at, "│", describe.effect(effect));
    }
  };
  for (const event of result.history) {
    addUnseen(event.EventTimestamp);
    addEffects(event.EventTimestamp);
    if (event.EventType === "InvocationCompleted") {
      begin();
      addEffects(event.EventTimestamp, number());
      addNotices(number());
      inside = false;
      add(event.EventTimestamp, "└", endOfInvocation(invocations.shift(), describe));
      continue;
    }
    if (OF_HANDLER.has(event.EventType)) begin();
    const line = describe.event(event);
    if (line !== undefined) add(event.EventTimestamp, inside ? "│" : " ", line);
  }
  addUnseen(undefined);
  addEffects(undefined);
  begin();
  addNotices(Infinity);
  return rows;
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

function endOfInvocation(invocation: Invocation | undefined, describe: Describer): Line {
  switch (invocation?.status) {
    case "PENDING":
      return { text: "suspended", tone: "quiet" };
    case "SUCCEEDED":
      return { text: "returned", tone: "quiet" };
    case "FAILED":
      return {
        text: `threw${placeText(invocation.error)} ${describe.error(invocation.error)}`,
        tone: "bad",
      };
    case "DIED":
      return { text: `died: ${describe.error(invocation.error)}`, tone: "bad" };
    case "RUNNING":
    case undefined:
      return { text: "ended", tone: "quiet" };
  }
}
