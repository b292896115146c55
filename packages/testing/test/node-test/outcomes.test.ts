import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** The workspace's own, whichever runs this: it takes the sources as they are. */
const node = join(import.meta.dirname, "../../../../node_modules/node/bin/node");

let directory: string;

beforeEach(() => {
  // It lies here, to find the packages.
  directory = mkdtempSync(join(import.meta.dirname, ".project-"));
  write(
    "outcomes.ts",
    `
    import { collectOutcomes } from "@durabletest/testing/outcomes";
    collectOutcomes(JSON.parse(process.env.SETTINGS ?? "{}"));
  `,
  );
  write(
    "order.ts",
    `
    import { withDurableExecution } from "@durabletest/runtime";
    export const order = withDurableExecution(async (_: unknown, context) => {
      const approval = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
      return approval.result();
    });
  `,
  );
  write("orders.ts", 'export { order as reExported } from "./order.ts";');
  write("approved.ts", testOf("./order.ts", "order", 'respond.success("yes")'));
  write("expired.ts", testOf("./orders.ts", "reExported", "respond.never()"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(join(directory, file), text);
}

function testOf(from: string, name: string, answer: string): string {
  return `
    import { respond } from "@durabletest/testing";
    import { durableTest } from "@durabletest/testing/node-test";
    import { ${name} } from "${from}";
    durableTest(${name})("runs to its end", async ({ runner, expect }) => {
      expect(await runner.run({}, { callbacks: { approval: ${answer} } })).toHaveSucceeded();
    });
  `;
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], settings: object = {}): Ran {
  return spawnSync(node, ["--conditions=@durabletest/source", ...args], {
    cwd: directory,
    encoding: "utf8",
    // Vitest's own settings for its workers are none of its business, nor that it is run by a test runner.
    env: { PATH: process.env["PATH"], SETTINGS: JSON.stringify(settings) },
  });
}

const withTests = ["--import", "./outcomes.ts", "--test", "--test-reporter=tap"];
const both = ["approved.ts", "expired.ts"];

describe("outcomes of tests with node:test", () => {
  test("are merged over test files, by the module that exports the handler", () => {
    const tests = run([...withTests, ...both]);
    expect(tests.status).toBe(0);
    expect(tests.stdout).not.toContain("Outcomes");

    const { status, stdout } = run(["outcomes.ts"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Outcomes: 3 of 6, 50 %\n\norder \(order\.ts\): 3 of 6, 50 %\n/);
    expect(stdout).toMatch(/createCallback approval +success, timeout\n/);
    expect(existsSync(join(directory, "outcomes"))).toBe(false);
  });

  test("of a test file that is run again take the place of the ones before", () => {
    run([...withTests, ...both]);
    write("expired.ts", "");
    run([...withTests, "expired.ts"]);
    expect(run(["outcomes.ts"]).stdout).toContain("Outcomes: 2 of 6");
  });

  test("of a test file that is there no more do not count", () => {
    run([...withTests, ...both]);
    rmSync(join(directory, "expired.ts"));
    run([...withTests, "approved.ts"]);
    expect(run(["outcomes.ts"]).stdout).toContain("Outcomes: 2 of 6");
  });

  test("do not have modules run that tests have only looked for", () => {
    write("server.ts", 'throw new Error(console.log("server runs"));');
    const looking = 'import.meta.resolve("./server.ts");';
    write("approved.ts", `${looking}\n${testOf("./order.ts", "order", 'respond.success("yes")')}`);
    const tests = run([...withTests, "approved.ts"]);
    expect(tests.stdout).not.toContain("server runs");
    expect(tests.status).toBe(0);
    expect(run(["outcomes.ts"]).stdout).toContain("order (order.ts): 2 of 6");
  });

  test("fail with a threshold where nothing was collected", () => {
    run(["--test", ...both]);
    const { status, stderr } = run(["outcomes.ts"], { threshold: 50 });
    expect(status).toBe(1);
    expect(stderr).toContain("nothing to count. No test has executed anything");
  });

  test("below the threshold are an error; files are written as they are by other frameworks", () => {
    run([...withTests, ...both]);
    const settings = { threshold: 60, reporter: ["json"] };
    const { status, stdout, stderr } = run(["outcomes.ts"], settings);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe(
      "Outcome coverage: tests have seen 3 of 6 possible outcomes, 50 %, which is below the threshold of 60 %.\n",
    );
    const json = readFileSync(join(directory, "outcomes/outcomes.json"), "utf8");
    expect(JSON.parse(json)).toMatchObject({ version: 1, seen: 3, possible: 6 });
  });

  test.each([
    ["in one process", ["--test-isolation=none", ...both], "3 of 6"],
    ["of one file, without the test runner", ["approved.ts"], "2 of 6"],
  ])("come at once where tests are %s", (_, args, seen) => {
    const way = args.length === 1 ? withTests.slice(0, 2) : withTests;
    const { status, stdout, stderr } = run([...way, ...args], { threshold: 90 });
    expect(stdout).toContain(`Outcomes: ${seen}`);
    expect(stderr).toContain("below the threshold of 90 %");
    expect(status).toBe(1);
  });

  test("keep the exit code of tests that fail", () => {
    write("approved.ts", testOf("./order.ts", "order", 'respond.failure(new Error("no"))'));
    const { status, stdout } = run([...withTests, "--test-isolation=none", "approved.ts"]);
    expect(stdout).toContain("Outcomes: ");
    expect(status).toBe(1);
  });

  test("need settings that can be right", () => {
    const { status, stderr } = run(["outcomes.ts"], { threshold: 101 });
    expect(status).toBe(1);
    expect(stderr).toContain("outcomes.threshold: 101 is not a percentage from 0 to 100");
  });
});
