/** Settings that cannot be right. */
export const options = `
const order = withDurableExecution((order, context) => context.wait("packing", { hours: 1 }));

plain("an option that there is not", () => {
  durableTest(order, { timeSkiping: "manual" });
});

plain("a value that an option does not take", () => {
  durableTest(order, { timeSkipping: "never" });
});

plain("a start that is no time", () => {
  durableTest(order, { startTime: "tomorrow" });
});

plain("a script that is none", () => {
  durableTest(order, { callbacks: { approval: { by: "kim" } } });
});

plain("a negative delay", () => {
  durableTest(order, { callbacks: { approval: respond.success().after({ hours: -1 }) } });
});

plain("a function that is a durable handler", () => {
  durableTest(order, { functions: { ship: order } });
});

plain("a limit that there is not", () => {
  durableTest(order, { limits: { payloadBytez: 5 } });
});

plain("the clock of fake timers that are not on", () => {
  new DurableTestRunner(order, { clock: "test" });
});

plain("an option of run that there is not", async () => {
  await new DurableTestRunner(order).run({}, { timout: { hours: 1 } });
});
`;
