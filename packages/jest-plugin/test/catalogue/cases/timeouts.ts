/** Tests that run into the framework's timeout: 300 ms. */
export const timeouts = `
const server = process.getBuiltinModule("node:http").createServer(() => {});
afterAll(() => { server.close(); server.closeAllConnections(); });
const order = withDurableExecution(async (order, context) => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return context.step("charge", async () => {
    const { port } = server.address();
    return (await fetch("http://127.0.0.1:" + port + "/payments")).status;
  });
});

durableTest(order)("the handler waits for a server", async ({ runner }) => {
  await runner.run({ id: "o-1" });
}, 300);

durableTest(withDurableExecution((_, context) => context.wait("packing", { hours: 1 })))(
  "the test waits for something else",
  async ({ runner }) => {
    await runner.run();
    await new Promise(() => {});
  },
  300,
);
`;
