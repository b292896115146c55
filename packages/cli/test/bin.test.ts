import { describe, expect, test } from "vitest";
import { project, type Said } from "./support/command.ts";
import { fromShell } from "./support/from-shell.ts";

const { directory } = project(
  {
    "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    // As a pool of connections would.
    setInterval(() => {}, 1000);
    process.stdout.write("a line of the module\\n");
    const { log } = console;
    export default withDurableExecution(async (order: { id: string }, context) => {
      console.log("a line of the handler");
      log("a line of a console that was kept");
      process.stdout.write("a line past the console\\n");
      return context.step("greet", () => "hello " + order.id);
    });`,
  },
  ["@durabletest"],
);

const durabletest = (
  args: readonly string[],
  options?: Parameters<typeof fromShell>[2],
): Promise<Said> => fromShell(directory, args, options);

// Side by side: a process takes longer to start than what it does here.
const said = {
  json: durabletest(["run", "src/order.ts", "--json", "--input-file", "-"], {
    stdin: '{"id":"o-1"}',
  }),
  text: durabletest(["run", "src/order.ts", "--input", '{"id":"o-1"}'], { pipe: "head -c 20" }),
  slow: durabletest(["run", "src/order.ts", "--input-file", "-"], {
    // More than a pipe holds.
    stdin: `{"id":"o-1"${" ".repeat(1_000_000)}}`,
    inParts: true,
  }),
  record: durabletest(["record", "--function-name", "order"]),
};

describe("run from a shell", () => {
  test("JSON is all that is on stdout: what the handler prints goes to stderr", async () => {
    const { exitCode, stdout, stderr } = await said.json;
    expect(JSON.parse(stdout)).toMatchObject({ status: "SUCCEEDED", result: "hello o-1" });
    expect(stderr).toContain("a line of the module");
    expect(stderr).toContain("a line of the handler");
    expect(stderr).toContain("a line of a console that was kept");
    expect(stderr).toContain("a line past the console");
    // Though the module holds something open.
    expect(exitCode).toBe(0);
  });

  test("what comes in may take its time", async () => {
    const { exitCode, stdout, stderr } = await said.slow;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("hello o-1");
  });

  test("a reader that has seen enough is no failure", async () => {
    const { exitCode, stdout } = await said.text;
    expect({ exitCode, length: stdout.length }).toEqual({ exitCode: 0, length: 20 });
  });

  test("a project without AWS's client is told to install it", async () => {
    const { exitCode, stderr } = await said.record;
    expect(exitCode).toBe(2);
    expect(stderr).toContain("npm install --save-dev @aws-sdk/client-lambda");
  });
});
