import type { DurableResult } from "@durabletest/testing";

/**
 * An execution, for programs that read. Fields are added in later versions, and none is taken away or changes its
 * meaning while `version` is 1. Times are ISO texts; what is not there is left out.
 */
export function executionJson(result: DurableResult<unknown>): object {
  const { status, error, startedAt, endedAt, elapsedMs } = result;
  return {
    version: 1,
    status,
    result: result.result,
    error,
    startedAt,
    endedAt,
    elapsedMs,
    invocations: result.invocations.map((invocation, index) => ({
      number: index + 1,
      status: invocation.status,
      startedAt: invocation.startedAt,
      endedAt: invocation.endedAt,
      error: invocation.error,
    })),
    operations: result.operations,
    pendingCallbacks: result.pendingCallbacks,
    world: result.world,
    effects: result.effects,
    logs: result.logs,
    notices: result.notices,
    unusedScripts: result.unusedScripts,
  };
}
