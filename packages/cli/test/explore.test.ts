import { describe, expect, test } from "vitest";
import type { ExplorationReport } from "@durabletest/testing/explore";
import { merge } from "../src/explore/merge.ts";
import type { ExploreRequest } from "../src/explore/request.ts";
import type { ShardOutcome } from "../src/explore/shard-outcome.ts";
import { shardsOf } from "../src/explore/shards.ts";
import { project } from "./support/command.ts";

const { run } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (order: { id: string }, context) => {
      const charged = await context.step("charge", () => "charged");
      const answer = await context.waitForCallback<{ approved: boolean }>(
        "approval", () => {}, { timeout: { hours: 48 } },
      );
      return answer.approved ? charged : "declined";
    });`,
  "src/exits.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    process.exit(0);
    export default withDurableExecution(async () => "not reached");`,
  "src/forgetful.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => {
      let first = "nobody";
      await context.step("ask", () => { first = "Ada"; });
      return "thanks to " + first;
    });`,
  "src/dies.ts": `
    import { AsyncResource } from "node:async_hooks";
    import { isMainThread, workerData } from "node:worker_threads";
    import { withDurableExecution } from "@durabletest/runtime";
    // Code of the module, as of a listener: not of the handler.
    const die = AsyncResource.bind(() => { console.error("no memory"); process.exit(7); });
    export default withDurableExecution(async (_: unknown, context) => {
      if (!isMainThread && workerData.shard === "2/2") die();
      await context.waitForCallback("approval", () => {}, { timeout: { hours: 1 } });
    });`,
  "src/throws-beside.ts": `
    import { AsyncResource } from "node:async_hooks";
    import { withDurableExecution } from "@durabletest/runtime";
    const lose = AsyncResource.bind(() =>
      queueMicrotask(() => { throw new Error("connection lost"); }));
    export default withDurableExecution(async (_: unknown, context) => {
      lose();
      await context.waitForCallback("approval", () => {}, { timeout: { hours: 1 } });
    });`,
  "src/waits.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) =>
      context.waitForCallback("approval", () => {}));`,
});

const { run: runWithFunctions } = project({
  "src/parent.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => context.invoke("pay", {}));`,
  "src/pay.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) =>
      context.step("charge", () => "paid"));`,
});

test("functions that are invoked are named by their modules, in every thread", async () => {
  const explore = ["explore", "src/parent.ts", "--runs", "40"];
  const unknown = await runWithFunctions(explore);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain("--function 'pay=src/module.ts'");
  for (const jobs of ["1", "2"]) {
    const known = await runWithFunctions([
      ...explore,
      "--function",
      "pay=src/pay.ts",
      "--jobs",
      jobs,
    ]);
    expect(known.stdout).toContain('SUCCEEDED "paid"');
  }
});

const answers = [
  "--callback",
  'approval={"approved":true}',
  "--callback",
  'approval={"approved":false}',
];

test("what else could happen is tried, and how executions ended is listed", async () => {
  const args = ["explore", "src/order.ts", "--input", '{"id":"o-1"}', ...answers, "--runs", "60"];
  const { exitCode, stdout, stderr } = await run(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(/^Nothing found in \d+ executions\./);
  expect(stdout).toContain('SUCCEEDED "charged"');
  expect(stdout).toContain("FAILED CallbackTimeoutError");
  const json = JSON.parse((await run([...args, "--json", "--fail-step", "charge=no"])).stdout) as {
    readonly outcomes: readonly { readonly error?: string }[];
  };
  expect(json).toMatchObject({ version: 1, found: false, runs: 60 });
});

test("an execution that lacks a property is told, with a schedule that goes that way again", async () => {
  const args = ["explore", "src/forgetful.ts", "--runs", "50"];
  const { exitCode, stdout } = await run([...args, "--json"]);
  expect(exitCode).toBe(1);
  const failure = JSON.parse(stdout) as { readonly schedule: string };
  expect(failure).toMatchObject({ version: 1, found: true });
  const text = await run(args, { columns: 80 });
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toContain("A test that goes that way");
  expect(text.stdout).toContain(failure.schedule);
  const again = await run(["explore", "src/forgetful.ts", "--schedule", failure.schedule]);
  expect(again.exitCode).toBe(1);
});

test("all threads that there are take part, and a failure in one stops the others", async () => {
  const args = ["explore", "src/order.ts", ...answers, "--runs", "80", "--jobs", "2"];
  const ran = await run(args, { columns: 80 });
  expect(ran.exitCode).toBe(0);
  expect(ran.stdout).toContain('SUCCEEDED "declined"');
  expect(ran.stderr).toMatch(/exploring \d+ of 80/);
  expect(ran.stderr.endsWith("\r\u001B[K")).toBe(true);
  const failed = await run(["explore", "src/forgetful.ts", "--runs", "40", "--jobs", "2"]);
  expect(failed.exitCode).toBe(1);
});

test.each([
  { jobs: 2, runs: 7, strategy: "random" },
  { jobs: 2, runs: 7, strategy: "auto" },
  { jobs: 4, runs: 2, strategy: "pct" },
  { jobs: 3, runs: 3, strategy: "random" },
])("all threads together try as many executions as are asked for: %j", async (given) => {
  const flags = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(["explore", "src/order.ts", ...answers, ...flags, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ found: false, runs: given.runs });
});

test("a module that cannot be loaded cannot be in threads either", async () => {
  const { exitCode, stdout } = await run(["explore", "src/exits.ts", "--jobs", "2", "--json"]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "MODULE_LOAD" } });
});

test("a thread that dies is told, whichever it is: nothing was found in its part only as nobody has looked", async () => {
  const one = ["explore", "src/dies.ts", "--strategy", "random", "--runs", "40", "--jobs", "2"];
  const { exitCode, stdout, stderr } = await run([...one, "--json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "THREAD_DIED" } });
  expect(stderr).toContain("A thread of the exploration has died with exit code 7.");
  expect(stderr).toContain("no memory");
  const thrown = await run(["explore", "src/throws-beside.ts", "--runs", "40", "--jobs", "2"]);
  expect(thrown.exitCode).toBe(1);
  expect(thrown.stdout).toBe("");
  expect(thrown.stderr).toContain("Error: connection lost");
});

test("what cannot be explored is told in terms of the command", async () => {
  const { exitCode, stderr, stdout } = await run(["explore", "src/waits.ts", "--json"], {
    parallelism: 1,
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('The callback "approval" has no deadline');
  expect(stderr).toContain("Here that is said with --callback 'name=JSON'");
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String) as string } });
  expect((await run(["explore", "src/nothing.ts"])).stderr).toContain("There is no file");
  expect((await run(["explore", "src/order.ts", "--runs", "0"])).stderr).toContain("at least one");
});

const request: ExploreRequest = {
  module: "src/order.ts",
  exportName: undefined,
  cwd: "/",
  input: undefined,
  callbacks: new Map(),
  steps: new Map(),
  functions: new Map(),
  crashes: undefined,
  runs: 900,
  seed: undefined,
  strategy: "auto",
  schedule: undefined,
  shard: undefined,
};

describe("an exploration in parts", () => {
  test("tries all there is in the first, and what chance says in the others", () => {
    expect(shardsOf(request, 1)).toEqual([request]);
    expect(shardsOf(request, 3)).toMatchObject([
      { ...request, strategy: "exhaustive", runs: 300 },
      { strategy: "auto", shard: "2/3" },
      { strategy: "auto", shard: "3/3" },
    ]);
    expect(shardsOf({ ...request, strategy: "pct" }, 2).map(({ shard }) => shard)).toEqual([
      "1/2",
      "2/2",
    ]);
  });

  const report = (more: Partial<ExplorationReport>): ShardOutcome => ({
    kind: "report",
    report: { runs: 10, distinct: 3, exhausted: false, outcomes: [], elapsedMs: 5, ...more },
  });
  const ended = { status: "SUCCEEDED", result: 1, error: undefined, schedule: "a" } as const;

  test("is put together by how executions ended", () => {
    const other = { ...ended, result: 2, count: 1 };
    expect(
      merge([
        report({ outcomes: [other, { ...ended, count: 4 }] }),
        report({ distinct: 7, outcomes: [{ ...ended, count: 2, schedule: "b" }] }),
      ]),
    ).toMatchObject({
      kind: "report",
      report: { runs: 20, distinct: 7, outcomes: [{ ...ended, count: 6 }, other] },
    });
  });

  test("has found what the first of its parts has found; what never came up there may have elsewhere", () => {
    const failure = { kind: "failure", failure: { property: "settles" } } as ShardOutcome;
    const error = { kind: "error", code: "UNUSED_SCRIPTS", message: "m", name: "n" } as const;
    expect(merge([report({}), failure])).toBe(failure);
    expect(merge([report({}), error])).toMatchObject({ kind: "report" });
    expect(merge([error, error])).toBe(error);
  });
});
