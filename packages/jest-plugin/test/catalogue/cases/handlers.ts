/** Faults of handlers. */
export const handlers = `
let replays = 0;
const testOf = (handler, options) => durableTest(withDurableExecution(handler), options);

testOf(async (order) => order.customer.name)("the handler throws", async ({ runner }) => {
  expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
});

testOf((_, context) => context.step("charge", () => {
  throw new TypeError("no money");
}))("a step fails after all its retries", async ({ runner }) => {
  await runner.run({});
  expect(await runner.runToCompletion()).toHaveSucceeded();
});

testOf(async (_, context) => {
  replays += 1;
  if (replays % 2 === 1) await context.step("reserve", () => "r-1");
  else await context.wait("reserve", { hours: 1 });
  await context.wait("packing", { hours: 1 });
})("a replay that does something else", async ({ runner }) => {
  await runner.run({});
  expect(await runner.runToCompletion()).toHaveSucceeded();
});

testOf((_, context) => context.step("charge", () => new Promise(() => {})))(
  "a step whose promise never settles",
  async ({ runner }) => {
    expect(await runner.run({})).toHaveSucceeded();
  },
);

testOf(() => new Promise(() => {}))("a handler that never settles", async ({ runner }) => {
  await runner.run({});
});

plain("a handler without the wrapper", async () => {
  const runner = new DurableTestRunner(async (order) => order.id);
  await runner.run({ id: "o-1" });
});

plain("no handler", () => {
  durableTest(undefined);
});

testOf((order, context) => context.invoke("chargeCard", order), { functions: { chargeCards: () => 1 } })(
  "a function that the runner does not know",
  async ({ runner }) => {
    expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
  },
);

testOf((order, context) => context.invoke("charge", order), { functions: { charge: () => { throw new RangeError("no such card"); } } })(
  "an invoked function that fails",
  async ({ runner }) => {
    expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
  },
);

testOf((_, context) => context.map("items", ["a", "b", "c"], (child, item) =>
  child.step("pick", () => {
    if (item === "b") throw new Error("sold out: " + item);
    return item;
  }, { retryStrategy: () => ({ shouldRetry: false }) }), { completionConfig: { toleratedFailureCount: 0 } })
  .then((batch) => { batch.throwIfError(); }))(
  "a map in which an item fails",
  async ({ runner }) => {
    expect(await runner.run({})).toHaveSucceeded();
  },
);

testOf((_, context) => context.step("charge", async () => {
  await new Promise((resolve) => setTimeout(resolve, 20 * 60_000));
}), { maxInvocations: 20 })("a step that takes longer than Lambda allows", async ({ runner }) => {
  await runner.run({});
});

testOf(async (_, context) => {
  for (;;) await context.step("poll", () => "not yet");
}, { maxOperations: 100 })("a loop without an end", async ({ runner }) => {
  expect(await runner.run({})).toHaveSucceeded();
});

testOf((_, context) => context.step("load", () => "x".repeat(300_000)))("a result that is too large", async ({ runner }) => {
  expect(await runner.run({})).toHaveSucceeded();
});

testOf((_, context) => context.step("count", () => 10n))("a result that is no JSON", async ({ runner }) => {
  expect(await runner.run({})).toHaveSucceeded();
});

testOf((_, context) => context.wait("a while", { seconds: 0 }))("a wait of no time", async ({ runner }) => {
  expect(await runner.run({})).toHaveSucceeded();
});
`;
