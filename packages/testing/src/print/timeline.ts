import type { EventType } from "@durabletest/runtime/protocol";
import type { DurableResult, Invocation } from "../result.ts";
import { type Describer, describer, type Line, type Tone } from "./describe-event.ts";
import { groupHeartbeats } from "./heartbeats.ts";
import { formatOffset, OFFSET_WIDTH } from "./offset.ts";
import { outcomeLine } from "./outcome.ts";

/** Settings of {@link formatTimeline}. */
export interface TimelineOptions {
  /** Whether to colour the text for a terminal. Default: no. */
  readonly color?: boolean | undefined;
  /** Leaves rows out in the middle when there are more. Default: all are shown. */
  readonly maxRows?: number | undefined;
}

/**
 * Draws an execution in the order in which things happened: the invocations, what the handler did in
 * each, how much virtual time passed in between, and what the outside world did.
 *
 * @example
 * ```ts
 * console.log(formatTimeline(await runner.run({ orderId: "o-1" }), { color: true }));
 * // PENDING after 0s, 1 invocation
 * //             +0s   input {"orderId":"o-1"}
 * //                 ┌ invocation 1
 * //                 │ callback "approval" opens, timeout 2d 00h 00m 00s
 * //                 └ suspended
 * ```
 */
export function formatTimeline(
  result: DurableResult<unknown>,
  options: TimelineOptions = {},
): string {
  const paint = options.color === true ? painted : plain;
  const rows = timelineRows(result);
  const head = paint(result.status === "PENDING" ? "world" : toneOf(result), outcomeLine(result));
  return [head, ...draw(rows, options.maxRows ?? Infinity, paint)].join("\n");
}

/** One line. Its mark says where it stands: at an edge of an invocation, inside one, or between two. */
interface Row extends Line {
  readonly offset: string;
  readonly mark: "┌" | "│" | "└" | " ";
}

type Paint = (tone: Tone, text: string) => string;

const plain: Paint = (_, text) => text;

const CODES = { good: 32, bad: 31, world: 36, quiet: 2 } as const;
const painted: Paint = (tone, text) =>
  tone === "ordinary" ? text : `\u001B[${CODES[tone]}m${text}\u001B[0m`;

function draw(rows: readonly Row[], maxRows: number, paint: Paint): readonly string[] {
  const shownAtEnd = Math.ceil(maxRows * 0.7);
  const shownAtStart = Math.floor(maxRows) - shownAtEnd;
  let before: string | undefined;
  return rows.flatMap(({ offset, mark, text, tone }, index) => {
    const left = rows.length - maxRows;
    if (left > 0 && index >= shownAtStart && index < rows.length - shownAtEnd) {
      if (index > shownAtStart) return [];
      before = undefined;
      return [paint("quiet", `${" ".repeat(OFFSET_WIDTH)} … ${left} more`)];
    }
    const time = (offset === before ? "" : offset).padStart(OFFSET_WIDTH);
    before = offset;
    return [`${paint("quiet", `${time} ${mark}`)} ${paint(tone, text)}`];
  });
}

/** What happened, in order: the service's events, and between them what it has no events for. */
function timelineRows(result: DurableResult<unknown>): readonly Row[] {
  const { history, startedAt } = result;
  const describe = describer(result);
  const rows: Row[] = [];
  const unseen = groupHeartbeats(
    result.world.filter(({ kind, ignored }) => kind === "heartbeat" || ignored),
  ).slice();
  const invocations = result.invocations.slice();
  let inside = false;
  const add = (at: Date, mark: Row["mark"], line: Line): void => {
    rows.push({ offset: formatOffset(at, startedAt), mark, ...line });
  };
  const begin = (): void => {
    const invocation = invocations[0];
    if (inside || invocation === undefined) return;
    inside = true;
    const number = result.invocations.length - invocations.length + 1;
    add(invocation.startedAt, "┌", { text: `invocation ${number}`, tone: "quiet" });
  };
  const addUnseen = (until: Date | undefined): void => {
    for (;;) {
      const group = unseen[0];
      if (group === undefined || (until !== undefined && group.first.at >= until)) return;
      unseen.shift();
      add(group.first.at, inside ? "│" : " ", describe.world(group, startedAt));
    }
  };
  for (const event of history) {
    addUnseen(event.EventTimestamp);
    if (event.EventType === "InvocationCompleted") {
      begin();
      inside = false;
      add(event.EventTimestamp, "└", endOfInvocation(invocations.shift(), describe));
      continue;
    }
    if (OF_HANDLER.has(event.EventType)) begin();
    const line = describe.event(event);
    if (line !== undefined) add(event.EventTimestamp, inside ? "│" : " ", line);
  }
  addUnseen(undefined);
  begin();
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
      return { text: `threw ${describe.error(invocation.error)}`, tone: "bad" };
    case "DIED":
      return { text: `died: ${describe.error(invocation.error)}`, tone: "bad" };
    case "RUNNING":
    case undefined:
      return { text: "ended", tone: "quiet" };
  }
}

function toneOf({ status }: DurableResult<unknown>): Tone {
  return status === "SUCCEEDED" ? "good" : "bad";
}
