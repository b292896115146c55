import { describeValue } from "@durabletest/runtime/protocol";
import { type DurableResult, isDurableResult } from "../result.ts";

/** A result, or the runner that has one; runners of another copy of the package count as well. */
export function resultOf(value: unknown): DurableResult<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isDurableResult(value)) return value;
  if (!("runToCompletion" in value) || !("result" in value)) return undefined;
  return isDurableResult(value.result) ? value.result : undefined;
}

/** What is the matter with a value that should have been a result or a runner. */
export function whatIsWrong(received: unknown): string {
  if (isThenable(received)) {
    return "It was called on a promise. Await it: await runner.run(input).";
  }
  return `It was called on ${describeValue(received)}, which is neither a result nor a runner. Give it what run(input), advance(…) or callback(name).succeed(…) resolved to, or the DurableTestRunner itself.`;
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
