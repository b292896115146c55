import type { HistoryEvent } from "@durabletest/runtime/protocol";
import { describeValue } from "@durabletest/runtime/protocol";
import { invalidParameter } from "./errors.ts";

/** What a client may ask of a history. */
export interface HistoryQuery {
  readonly maxItems: number;
  /** From an earlier answer. */
  readonly marker: string | undefined;
  /** The newest event first. */
  readonly reverseOrder: boolean;
  readonly includeExecutionData: boolean;
}

/** One page of a history. */
export interface HistoryPage {
  readonly Events: readonly object[];
  readonly NextMarker: string | undefined;
}

/**
 * A page of a history. The marker is the id of the event that comes next, so that a history that grows
 * meanwhile is neither repeated nor skipped.
 *
 * @throws ApiException
 */
export function historyPage(history: readonly HistoryEvent[], query: HistoryQuery): HistoryPage {
  const { maxItems, marker, reverseOrder, includeExecutionData } = query;
  const events = reverseOrder ? history.toReversed() : history;
  const from =
    marker === undefined ? 0 : events.findIndex(({ EventId }) => String(EventId) === marker);
  if (from === -1) invalidParameter(`Invalid Marker: ${describeValue(marker)}`);
  const page = events.slice(from, from + maxItems);
  const next = events[from + maxItems]?.EventId;
  return {
    Events: includeExecutionData ? page : page.map(withoutData),
    NextMarker: next === undefined ? undefined : String(next),
  };
}

/** What happened, without the inputs, results and errors. */
function withoutData(event: HistoryEvent): object {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]: [string, unknown]) => [
      key,
      key.endsWith("Details") && isRecord(value) ? withoutPayloads(value) : value,
    ]),
  );
}

function withoutPayloads(details: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => {
      if (!isRecord(value) || !("Payload" in value)) return [key, value];
      const { Payload: _, ...rest } = value;
      return [key, rest];
    }),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.prototype.toString.call(value) === "[object Object]"
  );
}
