import type { HistoryEvent } from "@durabletest/runtime/protocol";
import { visible } from "./visible.ts";

/** Events at the end of a history that are looked at, and how many of them may be what repeats itself. */
const LOOKED_AT = 2000;
const LONGEST_ROUND = 40;
/** What comes less often is no loop. */
const FEWEST_ROUNDS = 3;
/** Of a history that goes round in no loop, its end is told. */
const LAST = 8;

/** What an execution that does not end keeps doing, as a sentence for a message. */
export function formatRepetition({
  history,
}: {
  readonly history: readonly HistoryEvent[];
}): string {
  const events = history.slice(-LOOKED_AT).map(labelOf);
  // A counter in a name makes no difference.
  const keys = events.map((event) => event.replaceAll(/\d+/g, "#"));
  for (let length = 1; length <= LONGEST_ROUND; length += 1) {
    let start = keys.length - length;
    while (start > 0 && keys[start - 1] === keys[start - 1 + length]) start -= 1;
    const rounds = Math.floor((keys.length - start) / length);
    if (rounds < FEWEST_ROUNDS) continue;
    const round = fromItsStart(events.slice(-length)).join(" → ");
    const atLeast = start === 0 && history.length > keys.length ? "at least " : "";
    return `It went on like this, ${atLeast}the last ${rounds} times: ${round}.`;
  }
  return `It went on like this: ${events.slice(-LAST).join(" → ")}.`;
}

/** What happened, to what; and of an invocation that died, of what it did. */
function labelOf(event: HistoryEvent): string {
  const { EventType, Name } = event;
  const died =
    EventType === "InvocationCompleted"
      ? event.InvocationCompletedDetails.Error?.Payload?.ErrorMessage
      : undefined;
  return visible(
    `${EventType}${Name === undefined ? "" : ` "${Name}"`}${died === undefined ? "" : ` (${died})`}`,
  );
}

/** A loop has no beginning; one that begins with the start of something reads best. */
function fromItsStart(round: readonly string[]): readonly string[] {
  const isStart = (event: string): boolean => /^\w+Started\b/.test(event);
  const at = round.findIndex(
    (event, index) => isStart(event) && !isStart(round.at(index - 1) ?? ""),
  );
  return at <= 0 ? round : [...round.slice(at), ...round.slice(0, at)];
}
