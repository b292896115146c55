import { expect, test } from "vitest";
import { project } from "./support/command.ts";

const { run } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async () => "done");`,
});

test("without arguments, and with --help, it says what there is", async () => {
  const { exitCode, stdout } = await run(["--help"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatchSnapshot("wide");
  expect(await run([])).toEqual({ exitCode: 0, stdout, stderr: "" });
  const narrow = await run(["--help"], { columns: 40, env: { NO_COLOR: "1" } });
  expect(narrow.stdout).toMatchSnapshot("narrow");
});

test.each(["run", "trace", "record", "replay", "explore"])(
  "%s --help says what it takes",
  async (command) => {
    const { exitCode, stdout } = await run([command, "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatchSnapshot();
    expect((await run(["help", command])).stdout).toBe(stdout);
  },
);

test("--version says which version this is", async () => {
  const { stdout } = await run(["--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [
    ["rnu"],
    "error: unknown command 'rnu'\n(Did you mean run?)\nSay durabletest --help for what there is.\n",
  ],
  [
    ["run", "--inptu", "1"],
    "error: unknown option '--inptu'\n(Did you mean --input?)\nSay durabletest run --help for what there is.\n",
  ],
  [
    ["run"],
    "error: missing required argument 'module'\nSay durabletest run --help for what there is.\n",
  ],
  [
    ["record"],
    "error: required option '--function-name <name>' not specified\nSay durabletest record --help for what there is.\n",
  ],
  [
    ["run", "src/order.ts", "--timeout", "soon"],
    "That is no length of time. Examples: 90s, 15m, 2h, 1d12h.",
  ],
  [["run", "src/order.ts", "--callback", "approval"], "Give a name and a value: name=value."],
  [
    ["run", "src/order.ts", "--callback", "approval=yes"],
    `The value is no JSON, at line 1, column 1: not expected: "y".`,
  ],
  [
    ["run", "src/order.ts", "--fail-callback", "approval={no"],
    `The value is no JSON, at line 1, column 2: not expected: "n".`,
  ],
  [
    ["run", "src/order.ts", "--input", "{"],
    "error: --input is no JSON, at line 1, column 2: it ends too early.\n    {\n     ^\n",
  ],
  [
    ["run", "src/order.ts", "--input", "1", "--input-file", "x"],
    "error: --input and --input-file say the same thing. Give one of them.\n",
  ],
  [
    ["record", "--function-name", "f", "--status", "DONE"],
    "Allowed choices are RUNNING, SUCCEEDED, FAILED, TIMED_OUT, STOPPED.",
  ],
])("%j is a mistake that is explained", async (args, expected) => {
  const { exitCode, stdout, stderr } = await run(args);
  expect(stderr).toContain(expected);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
});

test.each([
  [["run"], "missing required argument 'module'"],
  [["run", "src/order.ts", "--inptu", "1"], "unknown option '--inptu'\n(Did you mean --input?)"],
  [
    ["run", "src/order.ts", "--timeout", "soon"],
    "option '--timeout <duration>' argument 'soon' is invalid. That is no length of time. Examples: 90s, 15m, 2h, 1d12h.",
  ],
])("%j is a mistake that is explained in JSON, too", async (args, message) => {
  const { exitCode, stdout, stderr } = await run([...args, "--json"]);
  expect({ exitCode, json: JSON.parse(stdout) as unknown }).toEqual({
    exitCode: 2,
    json: { error: { code: "USAGE", message } },
  });
  expect(stderr).toContain(message);
});
