import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import type { Handlers } from "./handlers.ts";

export const callback: Handlers = {
  "4-1": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      return answer;
    }),

  "4-2": () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const [answer] = await context.createCallback("approval");
      return answer;
    }),

  "4-3": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name, { timeout: { seconds: 5 } });
      return answer;
    }),

  "4-4": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name, { heartbeatTimeout: { seconds: 5 } });
      return answer;
    }),

  "4-5": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name, { heartbeatTimeout: { seconds: 10 } });
      return answer;
    }),

  "4-6": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      return answer;
    }),

  "4-7": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      await context.step(async () => "done");
      return answer;
    }),

  "4-8": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name, { timeout: { seconds: 5 } });
      await context.step(async () => "done");
      return answer;
    }),

  "4-9": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      await context.wait({ seconds: 5 });
      return answer;
    }),

  "4-10": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      await context.wait({ seconds: 5 });
      return answer;
    }),

  "4-11": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name, { timeout: { seconds: 3 } });
      await context.wait({ seconds: 6 });
      return answer;
    }),

  "4-12": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      const result = await answer;
      await context.wait({ seconds: 2 });
      return result;
    }),

  "4-13": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name);
      let message: string;
      try {
        message = await answer;
      } catch (error) {
        message = `failed: ${String(error)}`;
      }
      await context.wait({ seconds: 2 });
      return message;
    }),

  "4-14": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback(name, { timeout: { seconds: 3 } });
      let message: string;
      try {
        message = await answer;
      } catch (error) {
        message = `timed out: ${String(error)}`;
      }
      await context.wait({ seconds: 2 });
      return message;
    }),

  "4-15": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback<Message>(name, {
        serdes: { deserialize: async (text) => readMessage(text) },
      });
      const received = await answer;
      return { received: { ...received, timestamp: received.timestamp.getTime() / 1000 } };
    }),

  "4-16": () =>
    withDurableExecution(async (name: string, context: DurableContext) => {
      const [answer] = await context.createCallback<number>(name, {
        serdes: { deserialize: async (text) => Number(text) },
      });
      const count = await answer;
      return { count, doubled: count * 2 };
    }),

  "4-17": () =>
    withDurableExecution(
      async ([nameA, nameB]: readonly [string, string], context: DurableContext) => {
        const [a] = await context.createCallback(nameA);
        const resultA = await a;
        const [b] = await context.createCallback(nameB);
        return [resultA, await b];
      },
    ),

  "4-18": () =>
    withDurableExecution(
      async ([nameA, nameB]: readonly [string, string], context: DurableContext) => {
        const [a] = await context.createCallback(nameA);
        const [b] = await context.createCallback(nameB);
        const resultA = await a;
        return [resultA, await b];
      },
    ),

  "4-19": () =>
    withDurableExecution(
      async ([nameA, nameB]: readonly [string, string], context: DurableContext) => {
        const [a] = await context.createCallback(nameA);
        const [b] = await context.createCallback(nameB);
        const resultB = await b;
        return [await a, resultB];
      },
    ),
};

interface Message {
  readonly id: string;
  readonly message: string;
  readonly timestamp: Date;
}

function readMessage(text: string | undefined): Message | undefined {
  if (text === undefined) return undefined;
  const sent = JSON.parse(text) as Message & { readonly timestamp: string };
  return { ...sent, timestamp: new Date(sent.timestamp) };
}
