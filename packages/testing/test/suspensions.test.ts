import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";

import { explore } from "../src/explore/index.ts";
import { DurableTestRunner } from "../src/index.ts";

/** What handler code may wait for that comes without time passing. */
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  "forty ticks": async () => {
    for (let tick = 0; tick < 40; tick += 1) {
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
  },
  "ticks and promises": async () => {
    for (let tick = 0; tick < 10; tick += 1) {
      await new Promise<void>((resolve) => process.nextTick(resolve));
      for (let promise = 0; promise < 10; promise += 1) await Promise.resolve();
    }
  },
  "an immediate": () => new Promise((resolve) => setImmediate(resolve)),
  "a stream in memory": () => pipeline(Readable.from(["a", "b", "c"]), new PassThrough().resume()),
};

describe("an invocation is suspended when nothing can come any more; before that comes", () => {
  test.each(Object.entries(ways))("%s", async (_, way) => {
    const handler = withDurableExecution(async (_input: undefined, context: DurableContext) => {
      const approval = await context.createCallback<string>("approval");
      const beside = way().then(() => context.step("beside", () => "done"));
      return Promise.all([approval.result(), beside]);
    });
    // Many at once, so that the event loop is at work.
    const runs = Array.from({ length: 20 }, async () => {
      await using runner = new DurableTestRunner(handler);
      const result = await runner.run(undefined);
      return [result.step("beside").status, result.invocations.length];
    });
    expect(await Promise.all(runs)).toEqual(runs.map(() => ["SUCCEEDED", 1]));
  });

  test.each(Object.entries(ways))("%s, where nobody else is at work", async (_, way) => {
    const handler = withDurableExecution(async (_input: undefined, context: DurableContext) => {
      const beside = way().then(() => context.step("beside", () => "done"));
      await Promise.all([context.wait("pause", { hours: 1 }), beside]);
    });
    await explore(handler, {
      runs: 30,
      crashes: 0,
      check: ({ result }) => {
        expect(result.step("beside").startedAt).toEqual(result.startedAt);
      },
    });
  });
});
