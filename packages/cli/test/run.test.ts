import { expect, test } from "vitest";
import { project } from "./support/command.ts";

const { run } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    interface Order { readonly id: string }
    export const handler = withDurableExecution(async (order: Order, context) => {
      const price = await context.step("price", () => 42);
      context.logger.info("priced", { price });
      const { approved } = await context.waitForCallback<{ approved: boolean }>(
        "approval", () => {}, { timeout: { hours: 48 } },
      );
      if (!approved) throw new Error("declined");
      await context.wait("cool down", { hours: 1 });
      return { id: order.id, price };
    });`,
  "src/aws.ts": `
    import { withDurableExecution } from "@aws/durable-execution-sdk-js";
    export const handler = withDurableExecution(async (order: { id: string }, context) => {
      await context.wait({ hours: 1 });
      return context.step("greet", async () => "hello " + order.id);
    });`,
  "order.json": '{ "id": "from a file" }',
});

const input = ["--input", '{"id":"o-1"}'];

test("an execution is run to where only the world can move it, and its timeline printed", async () => {
  const { exitCode, stdout, stderr } = await run(["run", "src/order.ts", ...input]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatchInlineSnapshot(`
    "PENDING after 0s, 1 invocation
                +0s   input {"id":"o-1"}
                    ┌ invocation 1
                    │ step "price" → 42
                    │ waitForCallback "approval" begins
                    │ approval › callback opens, timeout 2d 00h 00m 00s
                    │ approval › submitter
                    └ suspended

    Logs
      +0s  info   priced { price: 42 }

      --callback 'approval=…' answers it, --complete lets it time out
    "
  `);
});

test("a callback is answered by its name, and the execution goes on", async () => {
  const { exitCode, stdout } = await run([
    "run",
    "src/order.ts",
    "--input-file",
    "order.json",
    "--json",
    "--callback",
    'approval={"approved":true}',
    "--step",
    "price=7",
  ]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    status: "SUCCEEDED",
    result: { id: "from a file", price: 7 },
    elapsedMs: 3_600_000,
    pendingCallbacks: [],
  });
});

test("an execution that fails ends the command with 1", async () => {
  const { exitCode, stdout } = await run([
    "run",
    "src/order.ts",
    ...input,
    "--callback",
    'approval={"approved":false}',
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("declined");
});

test("a handler of AWS's SDK runs as it is", async () => {
  const { exitCode, stdout } = await run(["run", "src/aws.ts", ...input]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('"hello o-1"');
});
