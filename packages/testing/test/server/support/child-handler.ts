/**
 * A sandbox of its own, as Lambda has it: a process that is given an event on its standard input, invokes
 * the handler with it, and writes the answer to its standard output. The handler has nothing but its
 * environment to find the service with.
 */
import { withDurableExecution } from "@durabletest/runtime";

const handler = withDurableExecution(async (order: { readonly id: string }, context) => {
  const approval = await context.createCallback<{ approved: boolean }>("approval", {
    timeout: { hours: 48 },
  });
  const asked = await context.step("ask", () => `Approve ${order.id}?`);
  await context.wait("pause", { hours: 1 });
  const answer = await approval.result();
  return { asked, approved: answer?.approved ?? "nobody answered" };
});

let text = "";
for await (const chunk of process.stdin) text += String(chunk);
process.stdout.write(JSON.stringify(await handler(JSON.parse(text))));
