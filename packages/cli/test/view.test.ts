import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { project } from "./support/command.ts";

const { run, write, directory } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (order: { id: string }, context) => {
      await context.step("charge the card", () => "charged");
      await context.wait("cool down", { days: 2 });
      return "done";
    });`,
});

test("a history becomes a page next to it, whose path is printed", async () => {
  await run(["run", "src/order.ts", "--history", "histories/order.json"]);
  const opened: string[] = [];
  const openFile = (file: string): number => opened.push(file);
  const { exitCode, stdout, stderr } = await run(["view", "histories/order.json"], { openFile });
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 0,
    stdout: "histories/order.html\n",
    stderr: "",
  });
  expect(readFileSync(join(directory, "histories/order.html"), "utf8")).toContain(
    "charge the card",
  );
  expect(opened).toEqual([]);
  const several = ["view", "histories/order.json", "histories/order.json", "--out", "a/both.html"];
  expect((await run([...several, "--open"], { openFile })).stdout).toBe("a/both.html\n");
  expect(opened).toEqual([join(directory, "a/both.html")]);
  const readStdin = async (): Promise<Buffer> =>
    readFileSync(join(directory, "histories/order.json"));
  expect((await run(["view", "-"], { readStdin })).stdout).toBe("report.html\n");
});

test("what is no history, and a place that cannot be written, are told", async () => {
  write({ "none.json": "[]", "taken/readme.md": "" });
  const none = await run(["view", "none.json"]);
  expect(none).toMatchObject({ exitCode: 2, stdout: "" });
  expect(none.stderr).toContain("none.json: The history has no events.");
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const taken = await run(["view", "order.json", "--out", "taken"]);
  expect(taken.exitCode).toBe(2);
  expect(taken.stderr).toContain("The report could not be written to <project>/taken");
  const history = await run(["run", "src/order.ts", "--history", "taken"]);
  expect(history.exitCode).toBe(2);
  expect(history.stderr).toContain("<project>/taken cannot be written");
});

test("a report never takes the place of a history", async () => {
  for (const args of [["odd.html"], ["a.json", "b.json", "--out", "b.json"]]) {
    for (const file of ["odd.html", "a.json", "b.json"]) {
      await run(["run", "src/order.ts", "--history", file]);
    }
    const { exitCode, stderr } = await run(["view", ...args]);
    expect(exitCode).toBe(2);
    const file = args.at(-1) ?? "";
    expect(stderr).toContain(`The report would take the place of the history ${file}.`);
    expect(readFileSync(join(directory, file), "utf8")).toContain("ExecutionStarted");
  }
});
