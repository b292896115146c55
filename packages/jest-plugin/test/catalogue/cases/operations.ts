/** Steps and operations that are looked for, and scripts for them. */
export const operations = `
const order = withDurableExecution(async (order, context) => {
  const receipt = await context.step("charge", () => ({ id: "r-1" }));
  await context.map("items", ["a", "b"], (child, item) => child.step("pick", () => item));
  await context.runInChildContext("delivery", (child) => child.step("book", () => "b-1"));
  return receipt;
});
const testWith = (steps) => durableTest(order, { steps });
const test = durableTest(order);

test("a misspelt step", async ({ runner }) => {
  await runner.run({});
  expect(runner.step("chagre").result).toEqual({ id: "r-1" });
});

test("a misspelt operation", async ({ runner }) => {
  const result = await runner.run({});
  expect(result.operation("deliverry/book").status).toBe("SUCCEEDED");
});

test("a step of a result that it does not have", async ({ runner }) => {
  const result = await runner.run({});
  expect(result.step("pick", 5).status).toBe("SUCCEEDED");
});

testWith({ chagre: respond.success({ id: "r-2" }) })("a script for a misspelt step", async ({ runner }) => {
  expect(await runner.run({})).toHaveSucceededWith({ id: "r-2" });
});

testWith({ "delivery/boook": respond.success("z") })("a script for a path that is not there", async ({ runner }) => {
  await runner.run({});
});

durableTest(order, { steps: { charge: respond.never() }, maxInvocations: 20 })(
  "a step that never settles, as its script says",
  async ({ runner }) => {
    await runner.run({});
  },
);

plain("a script that is none", () => {
  testWith({ charge: { id: "r-2" } });
});

testWith({ charge: () => { throw new RangeError("script"); } })("a script of a step that throws", async ({ runner }) => {
  await runner.run({});
  expect(await runner.runToCompletion()).toHaveSucceeded();
});
`;
