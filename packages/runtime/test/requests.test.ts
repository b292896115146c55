import { describe, expect, test } from "vitest";
import { type DurableContext, withDurableExecution } from "../src/index.ts";
import { FakeService, invoke } from "./support/fake-service.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Branches that take so many steps each, side by side. */
const parallel = (branches: number, steps: number) => (context: DurableContext) =>
  context.parallel(
    range(branches).map(() => async (branch: DurableContext) => {
      for (const step of range(steps)) await branch.step(async () => step);
    }),
  );

const nested = (depth: number, context: DurableContext): Promise<number> =>
  depth === 0
    ? context.step(() => 1)
    : context.runInChildContext((child) => nested(depth - 1, child));

const inTwoLevels = (context: DurableContext) =>
  context.parallel(
    range(4).map(() => async (outer: DurableContext) => {
      await outer.step(() => 1);
      await parallel(4, 3)(outer);
      await outer.step(() => 1);
    }),
  );

describe("a handler makes no more requests than it must:", () => {
  test.for<{ what: string; body: (context: DurableContext) => Promise<unknown>; requests: number }>(
    [
      {
        what: "one for a step after another",
        requests: 10,
        body: async (context) => {
          for (const index of range(10)) await context.step(() => index);
        },
      },
      {
        what: "one for steps side by side",
        requests: 1,
        body: (context) => Promise.all(range(10).map((index) => context.step(() => index))),
      },
      {
        what: "one for each step of a branch, and one for the end of all",
        requests: 9,
        body: parallel(5, 8),
      },
      {
        what: "as many as its 503 updates fill for a map of 100",
        requests: 3,
        body: (context) => context.map(range(100), (child, item) => child.step(async () => item)),
      },
      {
        what: "one for each ten of a map of 100, ten at once, and one for the end",
        requests: 11,
        body: (context) =>
          context.map(range(100), (child, item) => child.step(async () => item), {
            maxConcurrency: 10,
          }),
      },
      { what: "two, however deep contexts are nested", requests: 2, body: (c) => nested(10, c) },
      { what: "one for each step of nested branches", requests: 6, body: inTwoLevels },
      {
        what: "one for three results of 200 kB",
        requests: 4,
        body: async (context) => {
          const large = "x".repeat(200_000);
          await Promise.all(range(12).map(() => context.step(() => large)));
        },
      },
      {
        what: "one for a step whose function takes no time, streams included",
        requests: 1,
        body: (context) =>
          context.step(async () => {
            for (let tick = 0; tick < 20; tick += 1) {
              await new Promise<void>((resolve) => {
                process.nextTick(resolve);
              });
            }
          }),
      },
    ],
  )("$what", async ({ body, requests }) => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf(async (context) => {
        await body(context);
      }),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED" });
    expect(service.requests).toHaveLength(requests);
  });

  test("but a step's START does not wait for a function that takes time", async () => {
    const started = Promise.withResolvers<undefined>();
    const service = new FakeService({
      tell: (updates) => {
        if (updates.some(({ Action }) => Action === "START")) started.resolve(undefined);
        return [];
      },
    });
    const output = await invoke(
      handlerOf((context) => context.step(() => started.promise)),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED" });
    expect(service.requests).toHaveLength(2);
  });

  test("and nothing gets further ahead of the service than a batch", async () => {
    const service = new FakeService();
    let made = 0;
    await invoke(
      handlerOf(async (context) => {
        for (; made < 2000; made += 1) {
          const ahead = made * 2 - service.updates.length;
          expect(ahead).toBeLessThanOrEqual(500);
          await context.runInChildContext(async () => made);
        }
      }),
      service,
    );
    expect(service.updates).toHaveLength(4000);
    expect(service.requests.length).toBeLessThan(30);
  });
});
