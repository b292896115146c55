import {
  ConditionNotMetError,
  createWaitStrategy,
  type DurableContext,
  WaitForConditionError,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Job {
  readonly status: "RUNNING" | "DONE";
}

/** The outside world: a rendering service that cannot call back. */
export interface Renderer {
  start(scene: string): Promise<string>;
  describe(jobId: string): Promise<Job>;
}

/** Starts a job and asks every ten minutes whether it is done, for three hours at most. */
export const createHandler = (renderer: Renderer) =>
  withDurableExecution(async (scene: string, context: DurableContext) => {
    const jobId = await context.step("start", () => renderer.start(scene));
    try {
      await context.waitForCondition<Job>("rendered", () => renderer.describe(jobId), {
        initialState: { status: "RUNNING" },
        waitStrategy: createWaitStrategy({
          shouldContinuePolling: ({ status }) => status === "RUNNING",
          initialDelay: { minutes: 10 },
          maxDelay: { minutes: 10 },
          jitter: "NONE",
          maxAttempts: 18,
        }),
      });
      return "rendered";
    } catch (error) {
      // Whatever else went wrong is for others to deal with.
      if (!WaitForConditionError.is(error)) throw error;
      if (!ConditionNotMetError.is(error.cause)) throw error;
      return "given up";
    }
  });
