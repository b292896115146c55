import type { DurableResult, Invocation } from "../result.ts";
import { type Describer, describer, type Line } from "./describe-event.ts";
import { groupHeartbeats } from "./heartbeats.ts";
import { type Occurrence, occurrencesOf, unrecorded } from "./occurrences.ts";
import { formatOffset } from "./offset.ts";
import { placeText } from "./place.ts";
import { visible } from "./visible.ts";

/** One line. Its mark says where it stands: at an edge of an invocation, inside one, or between two. */
export interface Row extends Line {
  readonly offset: string;
  readonly mark: "┌" | "│" | "└" | " ";
}

/** What happened, in order, a line each; nothing for an event that another one says better. */
export function timelineRows(result: DurableResult<unknown>): readonly Row[] {
  const { startedAt } = result;
  const describe = describer(result);
  const occurrences = occurrencesOf(result, groupHeartbeats(unrecorded(result)));
  return occurrences.flatMap((occurrence) => {
    const line = lineOf(occurrence, describe, startedAt);
    if (line === undefined) return [];
    const { text, tone } = line;
    const offset = formatOffset(occurrence.at, startedAt);
    return { offset, mark: markOf(occurrence), text: visible(text), tone };
  });
}

function markOf({ kind, invocation }: Occurrence): Row["mark"] {
  if (kind === "invocation-start") return "┌";
  if (kind === "invocation-end") return "└";
  return invocation === undefined ? " " : "│";
}

function lineOf(occurrence: Occurrence, describe: Describer, startedAt: Date): Line | undefined {
  switch (occurrence.kind) {
    case "invocation-start":
      return { text: `invocation ${occurrence.invocation}`, tone: "quiet" };
    case "invocation-end":
      return endOfInvocation(occurrence.of, describe);
    case "event":
      return describe.event(occurrence.of);
    case "world":
      return describe.world(occurrence.of, startedAt);
    case "effect":
      return describe.effect(occurrence.of);
    case "notice":
      return describe.notice(occurrence.of);
  }
}

/** How an invocation ended. */
export function endOfInvocation(
  invocation: Pick<Invocation, "status" | "error"> | undefined,
  describe: Pick<Describer, "error">,
): Line {
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
