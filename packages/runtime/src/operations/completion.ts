import type {
  CompletionConfig,
  CompletionDecision,
  CompletionReason,
  CompletionStatus,
} from "../batch.ts";
import { describeValue } from "../describe-value.ts";
import { InvalidArgumentError } from "../errors.ts";

/** Why a batch that has come this far completes; undefined when it goes on. */
export function completionOf(
  config: CompletionConfig,
  status: CompletionStatus,
  where: string,
): CompletionReason | undefined {
  const { successCount, completedCount, totalCount } = status;
  const hasEnded = completedCount === totalCount;
  if (config.shouldComplete !== undefined) {
    const decision = checkedDecision(config.shouldComplete(status), where);
    if (!decision.complete) return hasEnded ? "ALL_COMPLETED" : undefined;
    return decision.outcome === "FAILED"
      ? "CUSTOM_COMPLETION_FAILED"
      : "CUSTOM_COMPLETION_SUCCEEDED";
  }
  if (tooManyFailed(config, status)) return "FAILURE_TOLERANCE_EXCEEDED";
  if (hasEnded) return "ALL_COMPLETED";
  const { minSuccessful } = config;
  return minSuccessful !== undefined && successCount >= minSuccessful
    ? "MIN_SUCCESSFUL_REACHED"
    : undefined;
}

function tooManyFailed(
  config: CompletionConfig,
  { failureCount, totalCount }: CompletionStatus,
): boolean {
  const { minSuccessful, toleratedFailureCount, toleratedFailurePercentage } = config;
  const settings = [minSuccessful, toleratedFailureCount, toleratedFailurePercentage];
  if (settings.every((setting) => setting === undefined)) return failureCount > 0;
  if (toleratedFailureCount !== undefined && failureCount > toleratedFailureCount) return true;
  return (
    toleratedFailurePercentage !== undefined &&
    failureCount * 100 > toleratedFailurePercentage * totalCount
  );
}

function checkedDecision(decision: unknown, where: string): CompletionDecision {
  if (typeof decision === "object" && decision !== null && "complete" in decision) {
    const { complete } = decision;
    const outcome: unknown = "outcome" in decision ? decision.outcome : undefined;
    const isOutcome = outcome === undefined || outcome === "SUCCEEDED" || outcome === "FAILED";
    if (typeof complete === "boolean" && isOutcome) return decision as CompletionDecision;
  }
  throw new InvalidArgumentError(
    `The shouldComplete of ${where} returned ${describeValue(decision)}; it must return { complete: false } or { complete: true, outcome? }, where outcome is "SUCCEEDED" or "FAILED".`,
  );
}
