/**
 * What the handlers do, written once, over what the contexts of both runtimes have in common.
 * `durabletest.ts` and `aws.ts` make durable handlers of it.
 */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { type HandlerName, INTERRUPTED, ITEMS, LARGE } from "./specs.ts";

/** A handler as Lambda invokes it. */
export type LambdaHandler = (event: never, lambdaContext: never) => Promise<unknown>;

/** What a handler has besides its context. */
export interface Outside {
  /** To be used instead of the SDK's own. */
  readonly client: LambdaClient | undefined;
  readonly effect: Effect;
}

/**
 * Does something to the world, and waits until it is noted, as for a payment's receipt.
 *
 * @param data - what the world is told besides.
 * @returns how often it has happened in this execution, this time included.
 */
type Effect = (name: string, data?: string) => Promise<number>;

export type Handlers = Readonly<Record<HandlerName, (outside: Outside) => LambdaHandler>>;

/**
 * A durable context, of either runtime.
 *
 * @typeParam Semantics - the runtime's words for at-least-once and at-most-once.
 */
interface Context<Semantics> {
  step(
    name: string,
    body: () => Promise<string>,
    options?: StepOptions<Semantics>,
  ): PromiseLike<string>;
  wait(name: string, duration: { readonly seconds: number }): PromiseLike<void>;
  waitForCallback(
    name: string,
    submitter: (callbackId: string) => Promise<void>,
  ): PromiseLike<string>;
  runInChildContext(
    name: string,
    body: (child: Context<Semantics>) => Promise<string>,
  ): PromiseLike<string>;
  parallel(
    name: string,
    branches: ((branch: Context<Semantics>) => Promise<string>)[],
  ): PromiseLike<{ getResults(): readonly string[] }>;
  map(
    name: string,
    items: string[],
    body: (item: Context<Semantics>, value: string) => Promise<string>,
  ): PromiseLike<{ getResults(): readonly string[] }>;
}

interface StepOptions<Semantics> {
  readonly semantics?: Semantics;
  readonly retryStrategy: (
    error: Error,
    attempt: number,
  ) => { shouldRetry: boolean; delay?: { seconds: number } };
}

/** What a body is given. */
interface Call<Semantics> {
  readonly context: Context<Semantics>;
  readonly effect: Effect;
  readonly atMostOnce: Semantics;
}

export type Body = <Semantics>(call: Call<Semantics>) => Promise<string>;

const bodies: Readonly<Record<HandlerName, Body>> = {
  step: async ({ context, effect }) => context.step("work", does(effect, "work")),

  "at-most-once": async ({ context, effect, atMostOnce }) => {
    try {
      return await context.step("charge", does(effect, "charge"), {
        semantics: atMostOnce,
        retryStrategy: () => ({ shouldRetry: false }),
      });
    } catch {
      return INTERRUPTED;
    }
  },

  "step-wait-step": async ({ context, effect }) => {
    const before = await context.step("before", does(effect, "before"));
    await context.wait("pause", { seconds: 30 });
    const after = await context.step("after", does(effect, "after"));
    return `${before}, ${after}`;
  },

  callback: async ({ context, effect }) => {
    const answer = await context.waitForCallback("approval", async (callbackId) => {
      await effect("submit", callbackId);
    });
    // AWS's SDK hands on the JSON text that was sent.
    return `approved: ${answer.replaceAll('"', "")}`;
  },

  parallel: async ({ context, effect }) => {
    const batch = await context.parallel("all", [
      async (branch) => branch.step("a", does(effect, "a")),
      async (branch) => branch.step("b", does(effect, "b")),
      async (branch) => branch.step("c", does(effect, "c")),
    ]);
    return batch.getResults().join(", ");
  },

  map: async ({ context, effect }) => {
    const batch = await context.map("each", [...ITEMS], async (item, name) =>
      item.step(name, does(effect, name)),
    );
    return batch.getResults().join(", ");
  },

  retry: async ({ context, effect }) =>
    context.step(
      "try",
      async () => {
        if ((await effect("try")) < 3) throw new Error("Not yet.");
        return "third time";
      },
      { retryStrategy: (_, attempt) => ({ shouldRetry: attempt < 6, delay: { seconds: 1 } }) },
    ),

  child: async ({ context, effect }) => {
    const outer = await context.step("outer", does(effect, "outer"));
    const inner = await context.runInChildContext("inside", async (inside) =>
      inside.step("inner", does(effect, "inner")),
    );
    return `${outer}, ${inner}`;
  },

  pages: async ({ context, effect }) => {
    const first = await context.step("first", does(effect, "first"));
    const second = await context.step("second", does(effect, "second"));
    await context.wait("pause", { seconds: 30 });
    const third = await context.step("third", does(effect, "third"));
    return `${first}, ${second}, ${third}`;
  },

  large: async ({ context, effect }) => {
    await context.step("work", does(effect, "work"));
    return "x".repeat(LARGE);
  },
};

/** A step's body that does something to the world, and returns its name. */
function does(effect: Effect, name: string): () => Promise<string> {
  return async () => {
    await effect(name);
    return name;
  };
}

/** Makes handlers of the bodies. */
export function handlersOf(make: (body: Body) => (outside: Outside) => LambdaHandler): Handlers {
  const made = Object.entries(bodies).map(([name, body]) => [name, make(body)] as const);
  return Object.fromEntries(made) as Handlers;
}
