/** Expectations that do not hold. */
export const matchers = `
const order = withDurableExecution(async (order, context) => {
  context.logger.warn("card declined once", { card: "4711" });
  const receipt = await context.step("charge", () => ({ id: "r-1", amount: order.amount }));
  await context.step("notify", () => "sent");
  const approval = await context.createCallback("approval", { timeout: { hours: 2 } });
  const answer = await approval.result();
  return { status: answer === undefined ? "expired" : "shipped", receipt };
});
const test = durableTest(order);
const failing = durableTest(withDurableExecution((_, context) => context.step("charge", () => {
  throw new TypeError("no money");
}, { retryStrategy: () => ({ shouldRetry: false }) })));
const shipped = async (runner) => {
  await runner.run({ amount: 12 });
  return runner.callback("approval").succeed({ by: "kim" });
};

test("toHaveSucceeded, and it waits", async ({ runner }) => {
  expect(await runner.run({ amount: 12 })).toHaveSucceeded();
});

failing("toHaveSucceeded, and it failed", async ({ runner }) => {
  expect(await runner.run()).toHaveSucceeded();
});

test("not.toHaveSucceeded", async ({ runner }) => {
  expect(await shipped(runner)).not.toHaveSucceeded();
});

test("toHaveSucceededWith another value", async ({ runner }) => {
  expect(await shipped(runner)).toHaveSucceededWith({ status: "expired", receipt: { id: "r-1", amount: 13 } });
});

test("toHaveFailedWith, and it succeeded", async ({ runner }) => {
  expect(await shipped(runner)).toHaveFailedWith("no money");
});

failing("toHaveFailedWith another error", async ({ runner }) => {
  expect(await runner.run()).toHaveFailedWith({ ErrorType: "RangeError", ErrorMessage: "no card" });
});

failing("toHaveFailedWith a field that errors do not have", async ({ runner }) => {
  expect(await runner.run()).toHaveFailedWith({ ErorType: "TypeError" });
});

test("toBePending, and it has ended", async ({ runner }) => {
  expect(await shipped(runner)).toBePending();
});

test("toBeWaitingFor a misspelt name", async ({ runner }) => {
  expect(await runner.run({ amount: 12 })).toBeWaitingFor("aproval");
});

test("toBeWaitingFor what has ended", async ({ runner }) => {
  expect(await shipped(runner)).toBeWaitingFor("approval");
});

test("toHaveTimedOut, and it was answered", async ({ runner }) => {
  expect(await shipped(runner)).toHaveTimedOut("approval");
});

test("toHaveOperation of a misspelt name", async ({ runner }) => {
  expect(await shipped(runner)).toHaveOperation("chrage");
});

test("toHaveOperation, and the closest differs", async ({ runner }) => {
  expect(await shipped(runner)).toHaveOperation("charge", { status: "SUCCEEDED", result: { id: "r-1", amount: 13 } });
});

test("toHaveOperation with a misspelt property", async ({ runner }) => {
  expect(await shipped(runner)).toHaveOperation("charge", { stauts: "SUCCEEDED" });
});

test("toHaveCallback with another answer", async ({ runner }) => {
  expect(await shipped(runner)).toHaveCallback("approval", { result: { by: "lee" } });
});

test("toHaveInvocations of another number", async ({ runner }) => {
  expect(await shipped(runner)).toHaveInvocations(5);
});

test("toHaveRun more often", async ({ runner }) => {
  expect(await shipped(runner)).toHaveRun("charge", 2);
});

test("toHaveRun of a misspelt step", async ({ runner }) => {
  expect(await shipped(runner)).toHaveRun("chrage");
});

test("not.toHaveRun", async ({ runner }) => {
  expect(await shipped(runner)).not.toHaveRun("notify");
});

test("toHaveLogged what was not logged", async ({ runner }) => {
  expect(await shipped(runner)).toHaveLogged("warn", "card expired");
});

test("toHaveLogged at a level that is none", async ({ runner }) => {
  expect(await shipped(runner)).toHaveLogged("warning", "card declined");
});

test("toHaveEffect of what was not done", async ({ runner }) => {
  expect(await shipped(runner)).toHaveEffect("charge", { times: 1 });
});

test("a matcher on something else", () => {
  expect({ status: "SUCCEEDED" }).toHaveSucceeded();
});

test("a matcher on a promise", ({ runner }) => {
  const result = runner.run({ amount: 12 });
  expect(result).toHaveSucceeded();
});

test("an expectation of the framework", async ({ runner }) => {
  const { status } = await runner.run({ amount: 12 });
  expect(status).toBe("SUCCEEDED");
});

test("a snapshot that has changed", async ({ runner }) => {
  expect(await shipped(runner)).toMatchInlineSnapshot(\`
    SUCCEEDED after 0s, 2 invocations
    input: {"amount": 11}

    result: {"status": "shipped"}
  \`);
});
`;
