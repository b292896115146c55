import { type DurableResult, isDurableResult } from "../result.ts";

/** A result, or the runner that has one; runners of another copy of the package count as well. */
export function resultOf(value: unknown): DurableResult<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isDurableResult(value)) return value;
  if (!("runToCompletion" in value) || !("result" in value)) return undefined;
  return isDurableResult(value.result) ? value.result : undefined;
}
