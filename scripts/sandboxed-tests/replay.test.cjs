const { withDurableExecution } = require("@durabletest/runtime");
const { DurableTestRunner } = require("@durabletest/testing");
const { replayHistory } = require("@durabletest/testing/replay");

/* globals test, expect */

test("a history is replayed, with no step run", async () => {
  let runs = 0;
  const order = (charge) =>
    withDurableExecution(async (_, context) => {
      await context.step("reserve", () => (runs += 1));
      await context.wait("pause", { hours: 1 });
      await context.step(charge, () => (runs += 1));
    });
  const { history } = await new DurableTestRunner(order("charge")).run({});
  expect(runs).toBe(2);
  await replayHistory(order("charge"), history);
  await expect(replayHistory(order("pay"), history)).rejects.toThrow("Has it been renamed");
  expect(runs).toBe(2);
});
