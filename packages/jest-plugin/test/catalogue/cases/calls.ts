/** Calls of the runner that are made in the wrong way, or at the wrong time. */
export const calls = `
const ship = withDurableExecution(async (order, context) => {
  const approval = await context.createCallback("approval", { timeout: { hours: 48 } });
  const answer = await approval.result();
  await context.wait("packing", { hours: 1 });
  return { order: order.id, by: answer?.by };
});
const test = durableTest(ship);

test("run is not awaited", ({ runner }) => {
  runner.run({ id: "o-1" });
});

test("run is not awaited, and then a callback is answered", async ({ runner }) => {
  runner.run({ id: "o-1" });
  await runner.callback("approval").succeed({ by: "kim" });
});

test("an answer is not awaited, and then an expectation", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  runner.callback("approval").succeed({ by: "kim" });
  expect(runner).toHaveSucceeded();
});

test("an advance is not awaited", async ({ runner, clock }) => {
  await runner.run({ id: "o-1" });
  clock.advance({ days: 2 });
});

test("two calls at once", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await Promise.all([runner.advance({ hours: 1 }), runner.advance({ hours: 2 })]);
});

test("a second run", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.run({ id: "o-2" });
});

test("no run", async ({ runner }) => {
  await runner.advance({ hours: 1 });
});

test("no run, and a matcher", ({ runner }) => {
  expect(runner).toHaveSucceeded();
});

test("a runner that has been disposed of", async ({ runner }) => {
  await runner[Symbol.asyncDispose]();
  await runner.run({ id: "o-1" });
});

test("time that goes back", async ({ runner, clock }) => {
  await runner.run({ id: "o-1" });
  await clock.advanceTo(new Date("2024-12-31T00:00:00Z"));
});

test("a duration that is none", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.advance({ hour: 1 });
});

test("an advance to what never comes", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.advanceUntil("pakcing");
});
`;
