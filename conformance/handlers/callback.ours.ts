import { type DurableContext, type Serdes, withDurableExecution } from "@durabletest/runtime";
import type { Handlers } from "./handlers.ts";

/**
 * Where a timeout is to fail the execution, the wait is by id: `callback.result()` is `undefined` then,
 * `context.waitForCallback(callback)` throws.
 */
export const callback: Handlers = {
  "4-1": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      return answer.result();
    }),

  "4-2": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const answer = await context.createCallback<string>("approval");
      return answer.result();
    }),

  "4-3": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name, { timeout: { seconds: 5 } });
      return context.waitForCallback(answer);
    }),

  "4-4": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name, {
        heartbeatTimeout: { seconds: 5 },
      });
      return context.waitForCallback(answer);
    }),

  "4-5": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name, {
        heartbeatTimeout: { seconds: 10 },
      });
      return answer.result();
    }),

  "4-6": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      return answer.result();
    }),

  "4-7": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      await context.step(() => "done");
      return answer.result();
    }),

  "4-8": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name, { timeout: { seconds: 5 } });
      await context.step(() => "done");
      return context.waitForCallback(answer);
    }),

  "4-9": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      await context.wait({ seconds: 5 });
      return answer.result();
    }),

  "4-10": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      await context.wait({ seconds: 5 });
      return answer.result();
    }),

  "4-11": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name, { timeout: { seconds: 3 } });
      await context.wait({ seconds: 6 });
      return context.waitForCallback(answer);
    }),

  "4-12": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      const result = await answer.result();
      await context.wait({ seconds: 2 });
      return result;
    }),

  "4-13": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name);
      let message: string | undefined;
      try {
        message = await answer.result();
      } catch (error) {
        message = `failed: ${String(error)}`;
      }
      await context.wait({ seconds: 2 });
      return message;
    }),

  "4-14": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<string>(name, { timeout: { seconds: 3 } });
      let message: string;
      try {
        message = await context.waitForCallback(answer);
      } catch (error) {
        message = `timed out: ${String(error)}`;
      }
      await context.wait({ seconds: 2 });
      return message;
    }),

  "4-15": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback(name, { serdes: message });
      const received = await answer.result();
      return { received: received && { ...received, timestamp: toSeconds(received.timestamp) } };
    }),

  "4-16": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const answer = await context.createCallback<number>(name, {
        serdes: { serialize: String, deserialize: Number },
      });
      const count = (await answer.result()) ?? Number.NaN;
      return { count, doubled: count * 2 };
    }),

  "4-17": () =>
    withDurableExecution(
      async ([nameA, nameB]: readonly [string, string], context: DurableContext) => {
        const a = await context.createCallback<string>(nameA);
        const resultA = await a.result();
        const b = await context.createCallback<string>(nameB);
        return [resultA, await b.result()];
      },
    ),

  "4-18": () =>
    withDurableExecution(
      async ([nameA, nameB]: readonly [string, string], context: DurableContext) => {
        const a = await context.createCallback<string>(nameA);
        const b = await context.createCallback<string>(nameB);
        const resultA = await a.result();
        return [resultA, await b.result()];
      },
    ),

  "4-19": () =>
    withDurableExecution(
      async ([nameA, nameB]: readonly [string, string], context: DurableContext) => {
        const a = await context.createCallback<string>(nameA);
        const b = await context.createCallback<string>(nameB);
        const resultB = await b.result();
        return [await a.result(), resultB];
      },
    ),
};

interface Message {
  readonly id: string;
  readonly message: string;
  readonly timestamp: Date;
}

const message: Serdes<Message> = {
  serialize: (value) => JSON.stringify(value),
  deserialize(text) {
    const sent = JSON.parse(text) as Message & { readonly timestamp: string };
    return { ...sent, timestamp: new Date(sent.timestamp) };
  },
};

function toSeconds(date: Date): number {
  return date.getTime() / 1000;
}
