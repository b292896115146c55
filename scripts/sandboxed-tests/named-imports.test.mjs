import { withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner } from "@durabletest/testing";
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as timeout } from "node:timers";
import { scheduler, setTimeout as sleep } from "node:timers/promises";

/* globals test, expect */

const run = async (work) =>
  (await new DurableTestRunner(withDurableExecution((_, context) => context.step(work))).run({}))
    .result;

test("named imports of core modules are the execution's", async () => {
  const work = async () => {
    const begun = Date.now();
    await sleep(60_000);
    await scheduler.wait(60_000);
    await new Promise((resolve) => timeout(resolve, 60_000));
    return [randomUUID(), randomBytes(4).toString("hex"), Date.now() - begun];
  };
  const result = await run(work);
  expect(result).toEqual(await run(work));
  expect(result[2]).toBe(180_000);
});
