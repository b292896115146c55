import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { project, type Said } from "./support/command.ts";

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

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url));

/** @param inParts - the end of what comes in is written when the command has begun to read. */
function durabletest(
  args: readonly string[],
  { stdin = "", pipe = "cat", inParts = false } = {},
): Promise<Said> {
  // Only a shell can have the reader of a pipe go away.
  const quoted = [process.execPath, "--conditions=@durabletest/source", bin, ...args].map(
    (one) => `'${one}'`,
  );
  const command = `set -o pipefail; ${quoted.join(" ")} | ${pipe}`;
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      NODE_PATH: undefined,
      NODE_OPTIONS: undefined,
      FORCE_COLOR: undefined,
    };
    const child = execFile(
      "bash",
      ["-c", command],
      { cwd: directory, env },
      (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      },
    );
    if (inParts) child.stdin?.write(stdin.slice(0, -1), () => child.stdin?.end(stdin.slice(-1)));
    else child.stdin?.end(stdin);
  });
}

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
