/** Handlers of AWS's SDK beside whose steps a callback waits for the test: run() stops in the middle of them. */
import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../../src/index.ts";
import { sdks, type Sdk, VERSIONS } from "./support/sdks.ts";

const MINUTE_MS = 60_000;

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const statuses = ({ result }: DurableTestRunner): readonly string[] =>
  result.invocations.map(({ status }) => status);

/** Ten minutes of work beside a callback. */
const slowBeside = (sdk: Sdk, deadline: { timeout?: object; heartbeatTimeout?: object }) =>
  sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
    Promise.all([
      context.waitForCallback("approval", async () => {}, deadline as never).catch(() => "nobody"),
      context.step("slow", async () => {
        await sleep(10 * MINUTE_MS);
        return new Date().toISOString();
      }),
    ]),
  );

describe.for(VERSIONS)("SDK %s", (version) => {
  const sdk = sdks[version];

  describe("a slow step beside a callback", () => {
    test("run() stops before the callback's timeout", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }));
      const waiting = await runner.run({});
      expect(waiting.status).toBe("PENDING");
      expect(waiting.elapsedMs).toBeLessThan(5 * MINUTE_MS);
      expect(statuses(runner)).toEqual(["RUNNING"]);
      expect(waiting.callback("approval").status).toBe("STARTED");
    });

    test("an answer reaches the handler in the same invocation", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }));
      await runner.run({});
      const result = await runner.callback("approval").succeed(7);
      expect(result).toMatchObject({
        result: ["7", "2025-01-01T00:10:00.000Z"],
        elapsedMs: 10 * MINUTE_MS,
      });
      expect(statuses(runner)).toEqual(["SUCCEEDED"]);
    });

    test("heartbeats keep it open", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { heartbeatTimeout: { minutes: 3 } }));
      await runner.run({});
      while (runner.result.elapsedMs < 7 * MINUTE_MS) {
        const { elapsedMs } = runner.result;
        await runner.callback("approval").heartbeat();
        expect(runner.result.elapsedMs).toBeGreaterThan(elapsedMs);
        expect(statuses(runner)).toEqual(["RUNNING"]);
      }
      const result = await runner.callback("approval").succeed(7);
      expect(result).toMatchObject({ result: ["7", "2025-01-01T00:10:00.000Z"] });
    });

    test("silence lets the deadline pass in its middle", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }));
      await runner.run({});
      const result = await runner.runToCompletion();
      expect(result).toMatchObject({ result: ["nobody", "2025-01-01T00:10:00.000Z"] });
      expect(result.callback("approval").endedAt).toEqual(new Date("2025-01-01T00:05:00.000Z"));
    });

    test("advance() stops exactly at its target", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }));
      await runner.run({});
      const target = new Date("2025-01-01T00:07:00.003Z");
      const middle = await runner.advanceTo(target);
      expect(runner.now).toEqual(target);
      expect(middle).toMatchObject({ status: "PENDING", elapsedMs: 7 * MINUTE_MS + 3 });
      expect(statuses(runner)).toEqual(["RUNNING"]);
      expect((await runner.advance({ minutes: 3 })).status).toBe("SUCCEEDED");
    });

    test("manual time skipping stops there, too", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }), {
        timeSkipping: "manual",
      });
      const waiting = await runner.run({});
      expect(waiting.elapsedMs).toBeLessThan(5 * MINUTE_MS);
      expect(statuses(runner)).toEqual(["RUNNING"]);
      expect((await runner.callback("approval").succeed(7)).status).toBe("SUCCEEDED");
    });

    test("stop() ends it", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }));
      await runner.run({});
      expect((await runner.stop()).status).toBe("STOPPED");
      expect(statuses(runner)).toEqual(["DIED"]);
    });

    test("a runner may be disposed of meanwhile", async () => {
      const runner = new DurableTestRunner(slowBeside(sdk, { timeout: { minutes: 5 } }));
      await runner.run({});
      await runner[Symbol.asyncDispose]();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      expect(statuses(runner)).toEqual(["DIED"]);
    });
  });

  describe("context.promise.all of a step and a callback", () => {
    // Before 2.0 it is a step itself, which polls for as long as the callback is open.
    const both = sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.promise.all("both", [
        context.step("x", async () => "x"),
        context.waitForCallback("approval", async () => {}, { timeout: { hours: 48 } }),
      ]),
    );

    test("run() returns long before the callback's timeout, after one invocation", async () => {
      const runner = new DurableTestRunner(both);
      const waiting = await runner.run({});
      expect(waiting.status).toBe("PENDING");
      expect(waiting.elapsedMs).toBeLessThan(15 * MINUTE_MS);
      expect(waiting.invocations).toHaveLength(1);
      const result = await runner.callback("approval").succeed(7);
      expect(result).toMatchObject({ status: "SUCCEEDED", result: ["x", "7"] });
    });

    test("so it does in manual mode", async () => {
      const runner = new DurableTestRunner(both, { timeSkipping: "manual" });
      const waiting = await runner.run({});
      expect(waiting.status).toBe("PENDING");
      expect(waiting.elapsedMs).toBeLessThan(15 * MINUTE_MS);
      expect(waiting.invocations).toHaveLength(1);
      const result = await runner.callback("approval").succeed(7);
      expect(result).toMatchObject({ status: "SUCCEEDED", result: ["x", "7"] });
    });

    test("a script needs no word from the test", async () => {
      const result = await new DurableTestRunner(both, {
        callbacks: { approval: respond.success(7).after({ hours: 1 }) },
      }).run({});
      expect(result).toMatchObject({ status: "SUCCEEDED", result: ["x", "7"] });
    });
  });

  describe("a callback raced against a wait", () => {
    const raced = sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [approval] = await context.createCallback("approval");
      return Promise.race([
        approval,
        (async () => {
          await context.wait("an hour", { hours: 1 });
          return "nobody";
        })(),
      ]);
    });

    test("is for the test to decide", async () => {
      const answered = new DurableTestRunner(raced);
      const waiting = await answered.run({});
      expect(waiting.status).toBe("PENDING");
      expect(waiting.elapsedMs).toBeLessThan(MINUTE_MS);
      expect(await answered.callback("approval").succeed(7)).toMatchObject({ result: "7" });
      const silent = new DurableTestRunner(raced);
      await silent.run({});
      const result = await silent.advance({ hours: 1 });
      expect(result.operation("an hour").status).toBe("SUCCEEDED");
      expect((await silent.advance({ seconds: 1 })).result).toBe("nobody");
    });
  });

  test("a function's timeout interrupts a step, which is run again", async () => {
    const minutes = [10, 0.5];
    const handler = sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step(
        "import",
        async () => {
          await sleep((minutes.shift() ?? 0) * MINUTE_MS);
          return "imported";
        },
        { retryStrategy: () => ({ shouldRetry: false }) },
      ),
    );
    const result = await new DurableTestRunner(handler, {
      invocationTimeout: { seconds: 60 },
    }).run({});
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "imported" });
    expect(result.invocations).toMatchObject([
      {
        status: "DIED",
        error: { ErrorMessage: "Task timed out after 60.00 seconds" },
      },
      { status: "SUCCEEDED" },
    ]);
    expect(result.step("import").attempt).toBe(1);
  });
});
