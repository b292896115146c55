import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Video {
  readonly id: string;
  readonly minutes: number;
}

export interface Transcoder {
  /** Takes the job, and tells by the callback when it is done; beats meanwhile. */
  submit(job: Video & { readonly callbackId: string }): Promise<void>;
}

/** Has a video transcoded by a service that says every half minute that it is still at work. */
export const createHandler = (transcoder: Transcoder) =>
  withDurableExecution(async (video: Video, context: DurableContext) => {
    const callback = await context.createCallback<{ url: string }>("transcoded", {
      timeout: { hours: 4 },
      heartbeatTimeout: { minutes: 1 },
    });
    await context.step("submit", () =>
      transcoder.submit({ ...video, callbackId: callback.callbackId }),
    );
    const done = await callback.result();
    return done === undefined
      ? { id: video.id, status: "given up" }
      : { id: video.id, status: "ready", ...done };
  });
