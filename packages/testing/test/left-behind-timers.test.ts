/** What outlives a suspension: timers of module state, which stand still until the next invocation. */
import { withDurableExecution } from "@durabletest/runtime";
import { setInterval as ticks, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";
import { realSleep } from "./surroundings/virtual-host.ts";

type Arm = (fn: () => void) => unknown;

/** Ways to have something happen a millisecond later. */
const arms: Readonly<Record<string, Arm>> = {
  setTimeout: (fn) => setTimeout(fn, 1),
  "setTimeout, unref'd": (fn) => setTimeout(fn, 1).unref(),
  setInterval: (fn) => {
    const interval = setInterval(() => {
      clearInterval(interval);
      fn();
    }, 1);
  },
  "timers/promises setTimeout": (fn) => void sleep(1).then(fn),
  "timers/promises setInterval": async (fn) => {
    for await (const _ of ticks(1)) {
      fn();
      break;
    }
  },
  "AbortSignal.timeout": (fn) => AbortSignal.timeout(1).addEventListener("abort", fn),
};

/** Lets one call through, and no other until its timer has fired. */
function limiter(arm: Arm): () => string {
  let busy = false;
  return () => {
    if (busy) return "busy";
    busy = true;
    arm(() => (busy = false));
    return "ok";
  };
}

const twice = (work: () => string) =>
  withDurableExecution(async (_: unknown, context) => {
    const first = await context.step("first", work);
    await context.wait({ hours: 1 });
    return [first, await context.step("an hour later", work)];
  });

describe.each(Object.entries(arms))("%s", (_name, arm) => {
  test("fires before what happens an hour later", async () => {
    const { result } = await new DurableTestRunner(twice(limiter(arm))).run({});
    expect(result).toEqual(["ok", "ok"]);
  });

  test("has the same outcome however long the test takes in between", async () => {
    let fired = 0;
    const work = () => {
      arm(() => (fired += 1));
      return `${fired} fired`;
    };
    const runner = new DurableTestRunner(twice(work), { timeSkipping: "manual" });
    await runner.run({});
    await realSleep(20);
    expect(fired).toBe(0);
    const { result } = await runner.advance({ hours: 1 });
    expect(result).toEqual(["0 fired", "1 fired"]);
  });
});

test("an interval of a lazily made singleton goes on in the next invocation", async () => {
  let ticked = 0;
  let started = false;
  const start = () => {
    if (started) return;
    started = true;
    setInterval(() => (ticked += 1), 1000);
  };
  const handler = withDurableExecution(async (_: unknown, context) => {
    await context.step("start", start);
    await context.wait({ hours: 1 });
    return context.step("work", async () => {
      const before = ticked;
      await sleep(10_500);
      return ticked - before;
    });
  });
  await expect(new DurableTestRunner(handler).run({})).resolves.toMatchObject({ result: 10 });
});

test("a forgotten branch that goes on late reaches nobody, and holds nothing up", async () => {
  let called = 0;
  const handler = withDurableExecution(async (_: unknown, context) => {
    void sleep(10).then(() => {
      called += 1;
      return context.step("never recorded", () => 1);
    });
    await context.wait({ hours: 1 });
    return "done";
  });
  const result = await new DurableTestRunner(handler).run({});
  expect(result.result).toBe("done");
  expect(result.operations.map(({ name }) => name)).not.toContain("never recorded");
  expect(called).toBe(1);
});

test("timers die with the sandbox, and with the execution", async () => {
  const fired: string[] = [];
  let attempt = 0;
  const handler = withDurableExecution(async (_: unknown, context) => {
    await context.step("work", () => {
      attempt += 1;
      setTimeout(() => fired.push(`of attempt ${attempt}`), 1);
      if (attempt === 1) process.exit(1);
    });
    await context.wait({ hours: 1 });
    setTimeout(() => fired.push("after the end"), 1);
  });
  const runner = new DurableTestRunner(handler);
  const result = await runner.run({});
  expect(result.status).toBe("SUCCEEDED");
  await realSleep(10);
  expect(fired).toEqual(["of attempt 2"]);
});

test("one that throws is an uncaught exception of the next invocation", async () => {
  let armed = false;
  const handler = withDurableExecution(async (_: unknown, context) => {
    if (!armed) {
      armed = true;
      setTimeout(() => {
        throw new Error("boom");
      }, 1);
    }
    await context.wait({ hours: 1 });
    return "done";
  });
  const { result, invocations } = await new DurableTestRunner(handler).run({});
  expect(result).toBe("done");
  expect(invocations.map(({ status }) => status)).toEqual(["PENDING", "DIED", "SUCCEEDED"]);
});
