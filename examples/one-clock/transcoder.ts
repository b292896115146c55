import type { Transcoder } from "./handler.ts";

/** What the transcoder calls: an AWS client in production, the runner in a test. */
export interface Callbacks {
  sendCallbackSuccess(callbackId: string, payload: unknown): Promise<unknown>;
  sendCallbackHeartbeat(callbackId: string): Promise<unknown>;
}

/** The other side: an ordinary program with timers of its own. A minute of film takes ten seconds. */
export class QueueingTranscoder implements Transcoder {
  readonly #callbacks: Callbacks;
  #queue: Promise<void> = Promise.resolve();
  #crashed = false;

  constructor(callbacks: Callbacks) {
    this.#callbacks = callbacks;
  }

  /** Whoever is at work falls silent. */
  crash(): void {
    this.#crashed = true;
  }

  async submit({ id, minutes, callbackId }: Parameters<Transcoder["submit"]>[0]): Promise<void> {
    const callbacks = this.#callbacks;
    const beat = setInterval(() => {
      if (!this.#crashed) void callbacks.sendCallbackHeartbeat(callbackId);
    }, 30_000);
    // One after the other.
    this.#queue = this.#queue.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, minutes * 10_000));
      clearInterval(beat);
      if (this.#crashed) return;
      await callbacks.sendCallbackSuccess(callbackId, { url: `https://videos.example/${id}` });
    });
  }
}
