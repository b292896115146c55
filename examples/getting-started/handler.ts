import { type DurableContext, Duration, withDurableExecution } from "@durabletest/runtime";

export interface Request {
  readonly data: string;
}

/** What the external system is sent. It answers through the callback id. */
export interface Message {
  readonly callbackId: string;
  readonly data: string;
}

/** What the external system answers. */
export interface Answer {
  readonly verdict: string;
}

/**
 * Asks an external system something, and waits for its answer.
 *
 * The outside world comes in as an argument. Deployed, it is the real one:
 * `export const handler = createHandler((message) => queue.send(message))`. In a test, it is a fake.
 */
export const createHandler = (sendToExternalSystem: (message: Message) => Promise<void>) =>
  withDurableExecution(async (request: Request, context: DurableContext) => {
    // 1. Create the callback. The service gives it its id.
    const callback = await context.createCallback<Answer>("example_callback", {
      timeout: Duration.fromMinutes(2),
      heartbeatTimeout: Duration.fromSeconds(60),
    });

    // 2. Send the id to the external system. In a step, so that a replay does not send it again.
    await context.step("send_to_external_system", () =>
      sendToExternalSystem({ callbackId: callback.callbackId, data: request.data }),
    );

    // 3. Wait for the answer. The execution is suspended here: nothing runs, and nothing is paid for.
    const result = await callback.result();

    // 4. The execution goes on when the answer is there, or when it has not come in time.
    return result === undefined ? { status: "timed_out" } : { status: "completed", result };
  });
