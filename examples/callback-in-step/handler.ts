import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Film {
  readonly title: string;
}

export interface Rendering {
  readonly url: string;
}

/** A farm that renders films. It takes the same job twice for one job. */
export type StartRendering = (jobId: string, film: Film) => Promise<void>;

/** Has a film rendered in a step that starts the job, waits for it, and is retried as a whole. */
export const createHandler = (startRendering: StartRendering) =>
  withDurableExecution(async (film: Film, context: DurableContext) =>
    context.step(
      "render",
      async (step) => {
        // Each attempt has a callback of its own.
        const finished = await step.createCallback<Rendering>("render_finished", {
          timeout: { minutes: 30 },
          heartbeatTimeout: { minutes: 1 },
        });

        // The step goes on by running again from its start, and finds the same callback. So whatever it
        // does before it waits is done in every invocation meanwhile: the id makes that harmless.
        await startRendering(finished.callbackId, film);

        const rendering = await finished.result();
        if (rendering === undefined) throw new Error(`The job for "${film.title}" was lost.`);
        return rendering;
      },
      {
        retryStrategy: createRetryStrategy({
          maxAttempts: 2,
          initialDelay: { seconds: 10 },
          jitter: "NONE",
        }),
      },
    ),
  );
