/** Executions and texts that are large: what is shown of them stays within two screens. */
export const sizes = `
const testOf = (handler, options) => durableTest(withDurableExecution(handler), options);

testOf((_, context) => context.map("items", Array.from({ length: 1500 }, (_, index) => index), (child, item) =>
  child.step("pick", () => item)))("thousands of operations", async ({ runner }) => {
  expect(await runner.run({})).toHaveFailedWith("sold out");
});

testOf(async (order, context) => {
  await context.step("load", () => order.text);
  return order.text;
})("payloads of 200 kB", async ({ runner }) => {
  expect(await runner.run({ text: "x".repeat(200_000) })).toHaveSucceededWith("y".repeat(200_000));
});

testOf(async (_, context) => {
  await context.step("parse", () => {
    throw new Error(Array.from({ length: 500 }, (_, line) => "line " + line + " is no number").join("\\n"));
  }, { retryStrategy: () => ({ shouldRetry: false }) });
})("a message of many lines", async ({ runner }) => {
  expect(await runner.run({})).toHaveSucceeded();
});

testOf(async (_, context) => {
  for (let poll = 0; poll < 300; poll++) await context.wait("poll", { minutes: 1 });
}, { timeSkipping: "manual" })("hundreds of waits", async ({ runner }) => {
  await runner.run({});
  await runner.advance({ minutes: 150 });
  expect(runner).toHaveSucceeded();
});

testOf(async (_, context) => {
  for (let line = 0; line < 1000; line++) context.logger.info("line " + line);
})("a thousand lines of the log", async ({ runner }) => {
  expect(await runner.run({})).toHaveLogged("error", "line 5000");
});
`;
