import {
  type DurableContext,
  type Serdes,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import type { Handlers, MakeHandler } from "./handlers.ts";

/** The functions that are invoked. */
const durableFunctions = {
  echo: withDurableExecution(async (input: unknown) => input),
  failing: withDurableExecution(async () => {
    throw new Error("The target failed.");
  }),
};

/** A handler of these functions' callers. */
const calling =
  <Input>(handler: (input: Input, context: DurableContext) => Promise<unknown>): MakeHandler =>
  () => ({ handler: withDurableExecution(handler), durableFunctions });

const uppercase: Serdes<string> = {
  serialize: async (text) => JSON.stringify(text?.toUpperCase()),
  // What was returned, as it was sent: in quotes.
  deserialize: async (text) => text?.toUpperCase(),
};

/** Two texts are a name and a function, to this SDK: who sends a text must name the operation. */
const CALL = "call";

/** As much as an operation may carry, but for the quotes. */
const LARGE = 262_000;

export const invoke: Handlers = {
  "5-1": calling((input: string, context) => context.invoke(CALL, "echo", input)),

  "5-2": calling(({ name, payload }: { name: string; payload: string }, context) =>
    context.invoke(name, "echo", payload),
  ),

  "5-3": calling((input, context) => context.invoke("echo", input)),

  "5-4": calling((_: null, context) => context.invoke("echo", null)),

  "5-5": calling((_: null, context) => context.invoke("failing")),

  "5-6": calling(async (_: null, context) => {
    try {
      return await context.invoke("failing");
    } catch {
      return "fallback";
    }
  }),

  "5-7": calling(async (_: null, context) => {
    const echoed = await context.invoke<string, string>(CALL, "echo", "x".repeat(LARGE));
    return echoed.length;
  }),

  "5-8": calling(({ tenantId, payload }: { tenantId: string; payload: string }, context) =>
    context.invoke(CALL, "echo", payload, { tenantId }),
  ),

  "5-9": calling(async (_: null, context) => {
    const echoed = await context.invoke(CALL, "echo", "cached");
    await context.wait({ seconds: 1 });
    return echoed;
  }),

  "5-10": calling(async (_: null, context) => {
    let message = "";
    try {
      await context.invoke("failing");
    } catch (error) {
      message = String(error);
    }
    await context.wait({ seconds: 1 });
    return message;
  }),

  "5-11": calling(async (_: null, context) => {
    const value = await context.step(async () => "from the step");
    return context.invoke(CALL, "echo", value);
  }),

  "5-12": calling(async (_: null, context) => {
    const echoed = await context.invoke<string, string>(CALL, "echo", "from the target");
    return context.step(async () => `${echoed}, and the step`);
  }),

  "5-13": calling((_: null, context) =>
    context.runInChildContext((child) => child.invoke(CALL, "echo", "from the child")),
  ),

  "5-14": calling(async (_: null, context) => {
    const first = await context.invoke(CALL, "echo", "first");
    return context.invoke("echo", { first, second: true });
  }),

  "5-15": calling(({ data }: { data: string }, context) =>
    context.invoke(CALL, "echo", data, { payloadSerdes: uppercase }),
  ),

  "5-16": calling((input: string, context) =>
    context.invoke(CALL, "echo", input, { resultSerdes: uppercase }),
  ),
};
