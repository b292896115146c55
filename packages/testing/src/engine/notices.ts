import { isEnded } from "@durabletest/runtime/protocol";
import { formatLength } from "../print/offset.ts";
import type { Notice } from "../result.ts";
import type { ExecutionState } from "../service/state.ts";
import type { EnvironmentTimer } from "../surroundings/environment.ts";

/** What handler code outside steps had begun that was not over when its call had ended. */
export interface LeftBehind {
  readonly timers: readonly Pick<EnvironmentTimer, "delayMs" | "origin">[];
  /** Real work, by name. */
  readonly work: readonly string[];
}

type What = Pick<Notice, "kind" | "message" | "operationId" | "callSite">;

/** What handler code outside steps had begun when its invocation was suspended. */
export function cutOffBySuspension({ timers, work }: LeftBehind): readonly What[] {
  return [
    ...timers.map(({ delayMs, origin }): What => ({
      kind: "timer-cut-off",
      message: `A suspension has cut off a timer of ${formatLength(delayMs)}: it fires late, in a later invocation, or never. Outside steps, wait with context.wait().`,
      operationId: undefined,
      callSite: String(origin),
    })),
    ...work.map((name): What => ({
      kind: "promise-cut-off",
      message: `A suspension has cut off ${name}, which was begun outside steps: what comes of it may be lost, and the next invocation begins it again. Do it in a step.`,
      operationId: undefined,
      callSite: undefined,
    })),
  ];
}

/** Operations that nobody has ever awaited, when the handler has returned. */
export function neverAwaited(
  state: ExecutionState,
  operationIds: ReadonlySet<string>,
): readonly What[] {
  return [...operationIds].flatMap((operationId): readonly What[] => {
    const record = state.operations.get(operationId);
    if (record === undefined) return [];
    const isOver = isEnded(record.operation.Status);
    return [
      {
        kind: isOver ? "promise-not-awaited" : "operation-not-awaited",
        message: isOver
          ? "The handler has returned, and nobody ever awaited this: had it failed, nobody would know. Await its promise."
          : "The handler has returned while this was not over, and nobody ever awaited it: what comes of it is lost. Await its promise.",
        operationId,
        callSite: undefined,
      },
    ];
  });
}
