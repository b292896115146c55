/** Callbacks: names, answers, scripts. */
export const callbacks = `
const ship = withDurableExecution(async (order, context) => {
  const approval = await context.createCallback("approval", { timeout: { hours: 48 } });
  const answer = await approval.result();
  await context.wait("packing", { hours: 1 });
  return { order: order.id, by: answer?.by };
});
const test = durableTest(ship);
const everywhere = durableTest(withDurableExecution(async (_, context) => {
  await context.map("items", ["a", "b"], (child) =>
    child.waitForCallback("pick", () => {}, { timeout: { hours: 1 } }));
}));
const silent = durableTest(withDurableExecution(async (_, context) =>
  (await context.createCallback("payment")).result()));

test("a misspelt name", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.callback("aproval").succeed({ by: "kim" });
});

test("a callback that has not started yet", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.callback("pickup").succeed();
});

test("an answer after the deadline", async ({ runner, clock }) => {
  await runner.run({ id: "o-1" });
  await clock.advance({ hours: 49 });
  await runner.callback("approval").succeed({ by: "kim" });
});

test("a second answer", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.callback("approval").succeed({ by: "kim" });
  await runner.callback("approval").fail(new Error("no"));
});

test("a callback id of another execution", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.sendCallbackSuccess("abc", { by: "kim" });
});

test("a payload that is too large", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.callback("approval").succeed({ by: "k".repeat(300_000) });
});

test("a payload that is no JSON", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  const answer = { by: "kim" };
  answer.self = answer;
  await runner.callback("approval").succeed(answer);
});

test("a failure that is no error", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.callback("approval").fail("no");
});

everywhere("several callbacks of one name", async ({ runner }) => {
  await runner.run();
  await runner.callback("pick").succeed();
  await runner.callback("pick", 7).succeed();
});

silent("nobody answers a callback without a deadline", async ({ runner }) => {
  await runner.run();
  await runner.runToCompletion();
});

durableTest(ship, { callbacks: { aproval: respond.success({ by: "kim" }) } })(
  "a script for a misspelt name, waiting",
  async ({ runner }) => {
    expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
  },
);

durableTest(ship, { callbacks: { aproval: respond.success({ by: "kim" }) } })(
  "a script for a misspelt name, to the end",
  async ({ runner }) => {
    await runner.run({ id: "o-1" });
    await runner.runToCompletion();
  },
);

durableTest(ship, { callbacks: { approval: () => "yes" } })(
  "a script that gives no response",
  async ({ runner }) => {
    await runner.run({ id: "o-1" });
  },
);

durableTest(ship, { callbacks: { approval: () => { throw new Error("no such approver"); } } })(
  "a script that throws",
  async ({ runner }) => {
    await runner.run({ id: "o-1" });
  },
);
`;
