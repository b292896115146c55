/** What may end the process before the command is done. */
import { expect, test } from "vitest";
import { project } from "./support/command.ts";
import { fromShell } from "./support/from-shell.ts";

const event = (EventId: number, EventType: string, more: object): object => ({
  EventType,
  EventId,
  EventTimestamp: "2026-03-01T12:00:00.000Z",
  ...more,
});

const history = JSON.stringify({
  Events: [
    event(1, "ExecutionStarted", { Id: "e" }),
    event(2, "StepStarted", { Id: "c4ca4238a0b92382", Name: "old", SubType: "Step" }),
  ],
});

const { directory } = project(
  {
    "src/rejects.ts": `
      import { withDurableExecution } from "@durabletest/runtime";
      void Promise.reject(new Error("db down"));
      export default withDurableExecution(async () => "not reached");`,
    "src/exits-later.ts": `
      import { AsyncResource } from "node:async_hooks";
      import { withDurableExecution } from "@durabletest/runtime";
      // Code of the module, as of a listener: not of the handler.
      const exit = AsyncResource.bind(() => process.exit(0));
      export default withDurableExecution(async () => exit());`,
    "src/throws-later.ts": `
      import { AsyncResource } from "node:async_hooks";
      import { withDurableExecution } from "@durabletest/runtime";
      const lose = AsyncResource.bind(() =>
        queueMicrotask(() => { throw new Error("connection lost"); }));
      export default withDurableExecution(async () => lose());`,
    "src/exits-beside.ts": `
      import { withDurableExecution } from "@durabletest/runtime";
      setImmediate(() => process.exit(0));
      export default withDurableExecution(async () => "not reached");`,
    "histories/a.json": history,
    "histories/b.json": history,
    "src/renamed.ts": `
      import { withDurableExecution } from "@durabletest/runtime";
      export default withDurableExecution(async (_: unknown, context) => context.step("new", () => 1));`,
  },
  ["@durabletest"],
);

test("that nobody reads what diverges takes nothing from the verdict", async () => {
  const { exitCode, stderr } = await fromShell(
    directory,
    ["replay", "src/renamed.ts", "histories"],
    { pipe: "true" },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
});

test("a promise that a module leaves rejected to nobody is an error of its loading, and so is the end of the process", async () => {
  const { exitCode, stdout, stderr } = await fromShell(directory, [
    "run",
    "src/rejects.ts",
    "--json",
  ]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("src/rejects.ts throws while it is loaded: Error: db down");
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "MODULE_LOAD" } });
  const exits = await fromShell(directory, ["run", "src/exits-beside.ts"]);
  expect(exits.exitCode).toBe(2);
  expect(exits.stderr).toContain("src/exits-beside.ts ends the process while it is loaded");
});

test("code that ends the process while the command is at it does not decide what has come of it", async () => {
  const exits = await fromShell(directory, ["run", "src/exits-later.ts", "--json"]);
  expect(exits.exitCode).toBe(1);
  expect(exits.stderr).toContain("Code of the module has ended the process (exit code 0)");
  expect(JSON.parse(exits.stdout)).toMatchObject({ error: { code: "PROCESS_ENDED" } });
  const throws = await fromShell(directory, ["run", "src/throws-later.ts", "--json"]);
  expect(throws.exitCode).toBe(1);
  expect(throws.stderr).toContain("Error: connection lost");
  expect(JSON.parse(throws.stdout)).toMatchObject({
    error: { code: "Error", message: "connection lost" },
  });
});
