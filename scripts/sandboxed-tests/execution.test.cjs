const { withDurableExecution } = require("@durabletest/runtime");
const { DurableTestRunner } = require("@durabletest/testing");

/* globals jest, test, expect */

test("an execution has its own time and chance, and leaves timers behind", async () => {
  const handler = withDurableExecution(async (_, context) => {
    const id = await context.step("id", async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      setInterval(() => {}, 1000);
      return crypto.randomUUID();
    });
    await context.wait({ hours: 1 });
    return [id, Date.now(), +new Date()];
  });
  const [first, second] = await Promise.all(
    [1, 2].map(() => new DurableTestRunner(handler).run({})),
  );
  const end = Date.UTC(2025, 0, 1, 1, 0, 1);
  expect(first.result).toEqual([expect.any(String), end, end]);
  expect(second.result).toEqual(first.result);
  expect(Date.now()).toBeGreaterThan(end);
});

test("beside fake timers", async () => {
  jest.useFakeTimers({ now: 5 });
  const handler = withDurableExecution((_, context) =>
    context.step("sleep", async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return +new Date();
    }),
  );
  const { result } = await new DurableTestRunner(handler).run({});
  expect([result, Date.now()]).toEqual([Date.UTC(2025, 0, 1, 0, 0, 1), 5]);
  jest.useRealTimers();
});
