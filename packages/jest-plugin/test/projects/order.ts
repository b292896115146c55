/** A file of the projects: ships an order once somebody has approved it. */
export const order = `
const { withDurableExecution } = require("@durabletest/runtime");
exports.handler = withDurableExecution(async (order, context) => {
  const approval = await context.createCallback("approval", { timeout: { hours: 48 } });
  const answer = await approval.result();
  if (answer === undefined) return { order: order.id, status: "expired" };
  await context.wait("packing", { hours: 1 });
  return { order: order.id, status: "shipped", by: answer.by };
});
`;

/** How most test files begin. */
export const imports = `
const { durableTest, respond } = require("@durabletest/jest-plugin");
const { handler } = require("./order.js");
const test = durableTest(handler);
`;
