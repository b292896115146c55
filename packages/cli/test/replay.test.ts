import { expect, test } from "vitest";
import { project } from "./support/command.ts";

const order = (first: string): string => `
  import { withDurableExecution } from "@durabletest/runtime";
  export default withDurableExecution(async (order, context) => {
    await context.step(${JSON.stringify(first)}, () => 1);
    await context.waitForCallback("approval", () => {}, { timeout: { hours: 48 } });
    return "done";
  });`;

const { run, write } = project({
  "src/order.ts": order("price"),
  "src/renamed.ts": order("cost"),
  "empty/readme.md": "",
});

const recorded = async (): Promise<void> => {
  await run(["run", "src/order.ts", "--history", "histories/waiting.json"]);
  await run([
    "run",
    "src/order.ts",
    "--callback",
    "approval=1",
    "--history",
    "histories/a/done.json",
  ]);
};

test("every history of a folder is replayed with the handler as it is now", async () => {
  await recorded();
  const { exitCode, stdout, stderr } = await run(["replay", "src/order.ts", "histories"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatchInlineSnapshot(`
    "replays   histories/a/done.json  12 events, 5 states
    replays   histories/waiting.json  8 events, 3 states

    2 of 2 histories replay.
    "
  `);
});

test("one that diverges ends the command with 1, and is explained with the line of the handler", async () => {
  await recorded();
  const { exitCode, stdout } = await run(["replay", "src/renamed.ts", "histories/waiting.json"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("DIVERGES  histories/waiting.json  at event 2");
  expect(stdout).toContain('Asked for: step "cost" (STEP, Step), at ');
  expect(stdout).toContain("src/renamed.ts:4:");
  const same = await run(["replay", "src/order.ts", "histories", "--json"]);
  expect(JSON.parse(same.stdout)).toMatchObject({
    histories: [{ outcome: "replays", events: 12, prefixes: 5 }, { outcome: "replays" }],
  });
  const { stdout: json } = await run(["replay", "src/renamed.ts", "histories", "--json"]);
  expect(JSON.parse(json)).toMatchObject({
    version: 1,
    histories: [
      { outcome: "diverges", eventId: 2, recorded: { name: "price" }, requested: { name: "cost" } },
      { outcome: "diverges" },
    ],
  });
});

test("what is no history is told, and what replays does so", async () => {
  await recorded();
  write({
    "mixed/broken.json": '{ "Events": [',
    "mixed/other.json": '{ "orders": [] }',
    "mixed/text.json": "1",
  });
  await run(["run", "src/order.ts", "--history", "mixed/waiting.json"]);
  const { exitCode, stdout } = await run(["replay", "src/order.ts", "mixed"]);
  expect(exitCode).toBe(2);
  expect(stdout).toContain("INVALID   mixed/broken.json  INVALID_JSON");
  expect(stdout).toContain("INVALID   mixed/other.json  INVALID_HISTORY");
  expect(stdout).toContain("replays   mixed/waiting.json  8 events, 3 states");
  expect(stdout).toContain("1 of 4 histories replays.");
});

test("a handler that cannot be replayed is a failure", async () => {
  await recorded();
  write({
    "src/plain.ts": "export const handler = async () => { throw new Error('not wrapped'); };",
  });
  const { exitCode, stdout } = await run(["replay", "src/plain.ts", "histories/waiting.json"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("FAILS     histories/waiting.json  INVALID_HANDLER");
});

test("histories whose payloads were cut off say what was not tried", async () => {
  const events = [
    {
      EventType: "ExecutionStarted",
      Id: "execution",
      ExecutionStartedDetails: { Input: { Truncated: true } },
    },
  ].map((event, index) => ({
    ...event,
    EventId: index + 1,
    EventTimestamp: "2026-01-01T00:00:00Z",
  }));
  write({ "cut.json": JSON.stringify({ DurableExecutionArn: 7, Events: events }) });
  const { exitCode, stdout } = await run(["replay", "src/order.ts", "cut.json"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("some not tried: payloads were cut off");
});

test("a folder that is not there, or has no history, is told", async () => {
  await recorded();
  expect((await run(["replay", "src/order.ts", "historys"])).stderr).toBe(
    'error: There is no folder historys. Did you mean "histories"?\n',
  );
  const { exitCode, stderr } = await run(["replay", "src/order.ts", "empty"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("There is no history in empty: no file that ends in .json.");
});

test("progress is shown on a terminal, and taken away", async () => {
  await recorded();
  const { stderr, stdout } = await run(["replay", "src/order.ts", "histories"], { columns: 40 });
  expect(stderr).toContain("\r\u001B[Kreplaying 1 of 2: histories/a/done.json".slice(0, 43));
  expect(stderr.endsWith("\r\u001B[K")).toBe(true);
  expect(stdout.split("\n").every((line) => line.length <= 40)).toBe(true);
  const dumb = await run(["replay", "src/order.ts", "histories"], {
    columns: 40,
    env: { TERM: "dumb" },
  });
  expect(dumb.stderr).toBe("");
});

test("a folder that is called as a history is none", async () => {
  await recorded();
  write({ "histories/folder.json/readme.md": "" });
  const { exitCode, stdout } = await run(["replay", "src/order.ts", "histories"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("2 of 2 histories replay.");
});
