import type { DurableResult } from "../result.ts";
import { formatLength } from "./offset.ts";

/** Where an execution stands, in a line: `SUCCEEDED after 4h 00m 00s, 3 invocations`. */
export function outcomeLine(result: DurableResult<unknown>): string {
  if (result.history.length === 0) return "NOT STARTED";
  const { length } = result.invocations;
  const invocations = length === 1 ? "1 invocation" : `${length} invocations`;
  return `${result.status} after ${formatLength(result.elapsedMs)}, ${invocations}`;
}
