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
  "src/stalls.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => {
      const answers = [];
      for (const index of [1, 2, 3]) {
        answers.push(await context.waitForCallback("approval", () => {}));
      }
      return answers;
    });`,
  "src/parent.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (order: object, context) =>
      context.invoke<object, string>("pay", order));`,
  "src/pay.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const refund = withDurableExecution(async () => "refunded");
    export const charge = withDurableExecution(async (_: unknown, context) =>
      context.waitForCallback("bank", () => {}));`,
  "src/settles.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => {
      const statuses: string[] = [];
      for (const index of [1, 2, 3]) {
        const callback = await context.createCallback("q");
        statuses.push((await callback.settled()).status);
      }
      return statuses;
    });`,
  "src/odd.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => [
      await context.waitForCallback("order=1", () => {}),
      await context.waitForCallback("Ada's", () => {}),
    ]);`,
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

test("several answers are given in order, and the last one goes on", async () => {
  const answers = ["--callback", "approval=1", "--callback", 'approval="two"'];
  const { stdout } = await run(["run", "src/stalls.ts", ...answers, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ status: "SUCCEEDED", result: [1, "two", "two"] });
});

test("answers and failures for a name are given in the order of the command line", async () => {
  const answers = ["--callback", "q=1", "--fail-callback", "q=bad", "--callback", "q=2"];
  const { stdout } = await run(["run", "src/settles.ts", ...answers, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ result: ["SUCCEEDED", "FAILED", "SUCCEEDED"] });
});

test("a function that is invoked is named by its module", async () => {
  const parent = ["run", "src/parent.ts", ...input];
  const unknown = await run([...parent, "--function", "pya=src/pay.ts#charge"]);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toContain('There is: "pya".');
  expect(unknown.stderr).toContain("--function 'pay=src/module.ts'.");
  expect(unknown.stderr).not.toContain("runner:");
  const pay = ["--function", "pay=src/pay.ts#charge"];
  const waits = await run([...parent, ...pay]);
  expect(waits.stdout).toContain("--callback 'bank=…' answers it");
  const paid = await run([...parent, ...pay, "--callback", 'bank="paid"']);
  expect(paid).toMatchObject({ exitCode: 0, stderr: "" });
  expect(paid.stdout).toContain('SUCCEEDED → "paid"');
  expect((await run([...parent, ...pay, ...pay])).stderr).toContain("pay is named twice.");
  expect((await run([...parent, "--function", "pay=src/pya.ts"])).stderr).toContain(
    'Did you mean "pay.ts"?',
  );
});

test("a callback is failed with a message, or with an error object", async () => {
  const failed = async (...errors: readonly string[]): Promise<unknown> => {
    const { exitCode, stdout } = await run(["run", "src/stalls.ts", "--json", ...errors]);
    expect(exitCode).toBe(1);
    return (JSON.parse(stdout) as { readonly error: unknown }).error;
  };
  expect(await failed("--fail-callback", "approval=no money")).toMatchObject({
    ErrorMessage: "no money",
  });
  expect(
    await failed(
      "--callback",
      "approval=1",
      "--fail-callback",
      'approval={"ErrorMessage":"later"}',
    ),
  ).toMatchObject({ ErrorMessage: "later" });
});

test("--complete lets the world stay silent: deadlines pass", async () => {
  const { exitCode, stdout } = await run(["run", "src/order.ts", ...input, "--complete"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("FAILED after 2d 00h 00m 00s");
  const ended = await run(["run", "src/aws.ts", ...input, "--complete"]);
  expect(ended.exitCode).toBe(0);
});

test("what no silence ends is told, and its history is written", async () => {
  const args = ["run", "src/stalls.ts", "--complete", "--history", "stalls.json"];
  const { exitCode, stderr, stdout } = await run([...args, "--json"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Answer the callback (--callback 'name=JSON'), or give it a timeout");
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "EXECUTION_STALLED" } });
  expect((await run(["trace", "stalls.json"])).stdout).toContain(
    'waitForCallback "approval" begins',
  );
});

test("an execution has the time, the timeout and the chance that are asked for", async () => {
  const { stdout } = await run([
    "run",
    "src/aws.ts",
    "--json",
    "--timeout",
    "30m",
    "--start-time",
    "2026-03-01T12:00:00Z",
    "--seed",
    "7",
  ]);
  expect(JSON.parse(stdout)).toMatchObject({
    status: "TIMED_OUT",
    startedAt: "2026-03-01T12:00:00.000Z",
    elapsedMs: 1_800_000,
  });
});

test("a script that nothing has asked for is a warning, with near misses", async () => {
  const { exitCode, stderr } = await run([
    "run",
    "src/order.ts",
    ...input,
    "--callback",
    "aproval=1",
  ]);
  expect(exitCode).toBe(0);
  expect(stderr).toBe('warning: nothing has asked for "aproval". Did you mean "approval"?\n');
});

test("a history that cannot be written is told, whatever is in its way", async () => {
  const history = async (path: string): Promise<string> => {
    const said = await run(["run", "src/order.ts", ...input, "--history", path]);
    expect(said.exitCode).toBe(2);
    return said.stderr;
  };
  expect(await history("src/order.ts/a/b.json")).toContain("cannot be written: ");
  // A file system in which no folders are made; elsewhere there is none of that name.
  if (process.platform === "linux") {
    expect(await history("/proc/there-is-none/b.json")).toContain("cannot be written: ENOENT");
  }
});

test("what answers a callback is said so that a shell takes it, whatever is in its name", async () => {
  const waiting = await run(["run", "src/odd.ts"]);
  expect(waiting.stdout).toContain("--callback 'order=1=…' answers it");
  const first = ["run", "src/odd.ts", "--callback", 'order=1={"a":"b=c"}'];
  const then = await run(first);
  expect(then.stdout).toContain(String.raw`--callback 'Ada'\''s=…' answers it`);
  const { stdout } = await run([...first, "--callback", 'Ada\'s="x=1"', "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ result: [{ a: "b=c" }, "x=1"] });
  const failed = await run(["run", "src/odd.ts", "--fail-callback", "order=total=5"]);
  expect(failed.stderr).toContain('nothing has asked for "order".');
});

test("an execution cannot begin so late that there are no dates after it", async () => {
  const late = await run(["run", "src/order.ts", "--start-time", "+275760-09-12T23:59:59Z"]);
  expect(late.exitCode).toBe(2);
  expect(late.stderr).toContain("That is too late: an execution begins before the year 10000.");
});
