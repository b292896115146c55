import { durableTest } from "@durabletest/vitest-plugin";
import { createHandler } from "./handler.ts";

/** A renderer that is done when it has been asked that often. */
const doneAfter = (checks: number) => {
  let asked = 0;
  return createHandler({
    start: async (scene) => `job of ${scene}`,
    describe: async () => ({ status: ++asked >= checks ? "DONE" : "RUNNING" }),
  });
};

const quickTest = durableTest(doneAfter(1));
quickTest("a job that is done at once is not waited for", async ({ runner, expect }) => {
  const result = await runner.run("castle");
  expect(result).toHaveSucceededWith("rendered");
  expect(result.elapsedMs).toBe(0);
});

const slowTest = durableTest(doneAfter(4));
slowTest("a job is asked for every ten minutes", async ({ runner, expect }) => {
  const result = await runner.run("castle");
  expect(result).toHaveSucceededWith("rendered");
  expect(result).toHaveOperation("rendered", { type: "STEP", attempt: 4 });
  expect(result.elapsedMs).toBe(3 * 600_000);
});

const endlessTest = durableTest(doneAfter(Infinity));
endlessTest("a job that is never done is given up after 18 checks", async ({ runner, expect }) => {
  const result = await runner.run("castle");
  expect(result).toHaveSucceededWith("given up");
  expect(result.elapsedMs).toBe(17 * 600_000);
});
