import type {
  DurableContext,
  DurableInstrumentationPlugin,
  OperationInfo,
} from "@aws/durable-execution-sdk-js";
import { expect } from "vitest";
import { respond } from "../../src/index.ts";
import { onEverySdk } from "./support/on-every-sdk.ts";

/** Notes which of its hooks are called. */
const noting = (calls: string[]): DurableInstrumentationPlugin => {
  const about = ({ type, name }: { type: string; name?: string }): string =>
    `${type} ${name ?? "unnamed"}`;
  return {
    onInvocationStart: async ({ isFirstInvocation, operations }) => {
      calls.push(`invocation starts, ${isFirstInvocation ? "first" : "later"}`);
      calls.push(`knows ${Object.keys(operations).length} operations`);
    },
    wrapInvocation: async (_info, fn) => {
      calls.push("invocation is wrapped");
      return fn();
    },
    onInvocationEnd: async ({ status }) => void calls.push(`invocation ends: ${status}`),
    onOperationStart: async (info) => void calls.push(`starts: ${about(info)}`),
    onOperationEnd: async (info) => void calls.push(`ends: ${about(info)}`),
    onOperationAttemptStart: async (info) =>
      void calls.push(`attempt ${info.attempt} starts: ${about(info)}`),
    onOperationAttemptEnd: async (info) =>
      void calls.push(`attempt ${info.attempt} ${info.outcome}: ${about(info)}`),
    wrapOperationAttemptFn: (info, fn) => {
      calls.push(`attempt is wrapped: ${about(info)}`);
      return fn();
    },
    wrapChildContextFn: (info, fn) => {
      calls.push(`context is wrapped: ${about(info)}`);
      return fn();
    },
  };
};

onEverySdk("a plugin is told of everything that happens", {
  needs: "PluginInvocationStatus",
  handler: (sdk) => {
    const calls: string[] = [];
    let attempts = 0;
    return sdk.withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        await context.step(
          "flaky",
          async () => {
            attempts += 1;
            if (attempts === 1) throw new Error("again");
          },
          { retryStrategy: () => ({ shouldRetry: true }) },
        );
        await context.runInChildContext("child", async (child) => child.wait({ hours: 1 }));
        await context.waitForCallback("approval", async () => {});
        return calls;
      },
      { plugins: [noting(calls)] },
    );
  },
  options: { callbacks: { approval: respond.success("yes").after({ seconds: 5 }) } },
  expected: {
    status: "SUCCEEDED",
    result: expect.arrayContaining([
      "invocation starts, first",
      "attempt 1 FAILED: STEP flaky",
      "invocation ends: PENDING",
      "invocation starts, later",
      "attempt is wrapped: STEP flaky",
      "attempt 2 SUCCEEDED: STEP flaky",
      "context is wrapped: CONTEXT child",
      "ends: CONTEXT approval",
    ]) as unknown,
    invocations: ["PENDING", "PENDING", "PENDING", "SUCCEEDED"],
  },
  differs: {
    "2.0.0": {
      because: "outcomes are spelt otherwise, and parts of waitForCallback have no name",
      outcome: { result: expect.arrayContaining(["attempt 1 retrying: STEP flaky"]) as unknown },
    },
    "2.2.0": {
      because: "parts of waitForCallback have no name",
      outcome: { result: expect.arrayContaining(["starts: CALLBACK unnamed"]) as unknown },
    },
  },
});

onEverySdk("a plugin sees which attempt ended a step, at once and on every replay", {
  needs: "PluginInvocationStatus",
  handler: (sdk) => {
    const seen: string[] = [];
    const note = (where: string, { name, status, attempt }: OperationInfo): void =>
      void seen.push(`${where}: ${name} ${status} ${attempt}`);
    return sdk.withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        await context.step("greet", async () => "hi");
        await context.step(
          "flaky",
          async ({ attempt }: { readonly attempt?: number }) => {
            if ((attempt ?? seen.length) < 2) throw new Error("no");
          },
          {
            retryStrategy: (_error, attempt) => ({
              shouldRetry: attempt < 2,
              delay: { seconds: 1 },
            }),
          },
        );
        await context.wait({ seconds: 1 });
        return seen;
      },
      {
        plugins: [
          {
            onOperationChange: async ({ updatedOperations }) => {
              for (const info of Object.values(updatedOperations)) {
                if (info.status === "SUCCEEDED" && info.type === "STEP") note("changed", info);
              }
            },
            onInvocationStart: async ({ operations }) => {
              for (const info of Object.values(operations)) {
                if (info.type === "STEP") note("replayed", info);
              }
            },
          },
        ],
      },
    );
  },
  expected: {
    result: expect.arrayContaining([
      "changed: greet SUCCEEDED 1",
      "changed: flaky SUCCEEDED 2",
      "replayed: greet SUCCEEDED 1",
      "replayed: flaky SUCCEEDED 2",
    ]) as unknown,
  },
  differs: {
    "2.0.0": {
      because: "it does not say which attempt",
      outcome: {
        result: expect.arrayContaining(["replayed: flaky SUCCEEDED undefined"]) as unknown,
      },
    },
  },
});

onEverySdk("a plugin that throws does no harm", {
  needs: "PluginInvocationStatus",
  handler: (sdk) => {
    const fail = async (): Promise<never> => {
      throw new Error("a plugin");
    };
    return sdk.withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        const value = await context.step("work", async () => 1);
        await context.wait({ seconds: 1 });
        return value;
      },
      { plugins: [{ onInvocationStart: fail, onOperationStart: fail, onInvocationEnd: fail }] },
    );
  },
  expected: { result: 1, invocations: ["PENDING", "SUCCEEDED"] },
});

onEverySdk("plugins that want to see the children of contexts that have ended", {
  needs: "PluginInvocationStatus",
  handler: (sdk) => {
    const known: number[] = [];
    return sdk.withDurableExecution(
      async (_: unknown, context: DurableContext) => {
        await context.runInChildContext("child", async (child) => child.step(async () => 1));
        await context.wait({ seconds: 1 });
        return known;
      },
      {
        plugins: [
          {
            onInvocationStart: async ({ operations }) =>
              void known.push(Object.keys(operations).length),
          },
        ],
        pluginsConfig: { childOperationsDepth: 1 },
      },
    );
  },
  // The execution; then also the child context, the step in it, and the wait.
  expected: { result: [1, 4] },
  differs: {
    "2.0.0": { because: "there is no such setting", outcome: { result: [1, 3] } },
  },
});
