import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { project } from "./support/command.ts";

const { run, write, directory } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (order, context) => {
      await context.step("price the whole order with everything in it", () => "a long result of a step with many words");
      context.logger.info("priced the whole order, with everything in it");
      await context.wait("cool down", { days: 2 });
      return "done";
    });`,
});

test("a history is told as text, as the execution was", async () => {
  const ran = await run(["run", "src/order.ts", "--history", "order.json"]);
  const { exitCode, stdout, stderr } = await run(["trace", "order.json"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(ran.stdout).toContain(stdout);
  expect(stdout).toMatchInlineSnapshot(`
    "SUCCEEDED after 2d 00h 00m 00s, 2 invocations
                +0s ┌ invocation 1
                    │ step "price the whole order with everything in it" → "a long result of a step with many words"
                    │ wait "cool down" for 2d 00h 00m 00s
                    └ suspended
    +2d 00h 00m 00s   wait "cool down" is over
                    ┌ invocation 2
                    └ returned
                      SUCCEEDED → "done"
    "
  `);
});

test("what AWS's CLI prints is read from stdin, pages and all", async () => {
  const at = 1_760_000_000;
  const step = { EventTimestamp: at, Id: "1", Name: "charge" };
  const pages = [
    {
      NextMarker: "2",
      Events: [{ EventType: "ExecutionStarted", EventId: 1, EventTimestamp: at }],
    },
    { Events: [{ ...step, EventType: "StepStarted", EventId: 2 }] },
  ];
  const readStdin = async (): Promise<Buffer> => Buffer.from(JSON.stringify(pages));
  const { stdout } = await run(["trace", "-"], { readStdin });
  expect(stdout).toContain('step "charge" starts');
  const { stdout: json } = await run(["trace", "-", "--json"], { readStdin });
  expect(JSON.parse(json)).toMatchObject({
    version: 1,
    status: "PENDING",
    operations: [{ name: "charge", status: "STARTED" }],
    invocations: [{ number: 1, status: "RUNNING" }],
  });
});

test("a terminal of 40 columns gets lines that fit, and go on below their text", async () => {
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const { stdout } = await run(["trace", "order.json"], { columns: 40, env: { NO_COLOR: "1" } });
  expect(stdout.split("\n").filter((line) => line.length > 40)).toEqual([]);
  expect(stdout).toMatchInlineSnapshot(`
    "SUCCEEDED after 2d 00h 00m 00s, 2
    invocations
                +0s ┌ invocation 1
                    │ step "price the whole
                      order with everything
                      in it" → "a long
                      result of a step with
                      many words"
                    │ wait "cool down" for
                      2d 00h 00m 00s
                    └ suspended
    +2d 00h 00m 00s   wait "cool down" is
                      over
                    ┌ invocation 2
                    └ returned
                      SUCCEEDED → "done"
    "
  `);
  const { stdout: logged } = await run(["run", "src/order.ts"], {
    columns: 40,
    env: { NO_COLOR: "1" },
  });
  expect(logged.slice(logged.indexOf("Logs"))).toMatchInlineSnapshot(`
    "Logs
      +0s  info   priced the whole order,
                  with everything in it
    "
  `);
});

test("colours are for terminals, and for those who want them", async () => {
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const isColored = async (columns: number | undefined, env: Record<string, string>) =>
    (
      await run(["trace", "order.json"], { ...(columns !== undefined && { columns }), env })
    ).stdout.includes("\u001B[");
  expect(await isColored(80, {})).toBe(true);
  expect(await isColored(undefined, {})).toBe(false);
  expect(await isColored(80, { NO_COLOR: "1" })).toBe(false);
  expect(await isColored(80, { TERM: "dumb" })).toBe(false);
  expect(await isColored(undefined, { FORCE_COLOR: "1" })).toBe(true);
  expect(await isColored(80, { FORCE_COLOR: "0" })).toBe(false);
});

test("a coloured line is wrapped by what is seen of it", async () => {
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const { stdout } = await run(["trace", "order.json"], { columns: 40 });
  const plain = await run(["trace", "order.json"], { columns: 40, env: { NO_COLOR: "1" } });
  // oxlint-disable-next-line no-control-regex
  expect(stdout.replaceAll(/\u001B\[\d+m/g, "")).toBe(plain.stdout);
});

test("a terminal too narrow to be one is left to wrap by itself", async () => {
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const { stdout } = await run(["trace", "order.json"], { columns: 12, env: { NO_COLOR: "1" } });
  expect(stdout).toContain('step "price the whole order with everything in it"');
});

test("--max-rows leaves out what says least", async () => {
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const { stdout } = await run(["trace", "order.json", "--max-rows", "4"]);
  expect(stdout.split("\n").length).toBeLessThan(8);
});

test("what is no history says which file, and what is wrong", async () => {
  write({ "none.json": '{ "orders": [] }', "broken.json": '{\n  "Events": [1, 2,\n}' });
  const none = await run(["trace", "none.json"]);
  expect(none).toMatchObject({ exitCode: 2, stdout: "" });
  expect(none.stderr).toMatch(/^error: none\.json: .* is no history\./);
  const { stderr } = await run(["trace", "broken.json"]);
  expect(stderr).toBe(
    'error: broken.json is no JSON, at line 3, column 1: not expected: "}".\n    }\n    ^\n',
  );
  expect((await run(["trace", "nome.json"])).stderr).toBe(
    'error: There is no file nome.json. Did you mean "none.json"?\n',
  );
  expect((await run(["trace", "a/b.json"])).stderr).toContain("Nor is there a folder");
  expect((await run(["trace", "src"])).stderr).toBe("error: src cannot be read: it is a folder.\n");
});

test.each([
  ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\uFEFF${text}`)],
  ["UTF-16, as Windows PowerShell writes it", (text: string) => utf16(text)],
  ["UTF-16, high bytes first", (text: string) => utf16(text).swap16()],
])("a file in %s is read as any other", async (_, encode) => {
  await run(["run", "src/order.ts", "--history", "order.json"]);
  const plain = await run(["trace", "order.json"]);
  const bytes = encode(readFileSync(join(directory, "order.json"), "utf8"));
  writeFileSync(join(directory, "encoded.json"), bytes);
  expect(await run(["trace", "encoded.json"])).toEqual(plain);
  expect(await run(["trace", "-"], { readStdin: async () => bytes })).toEqual(plain);
});

function utf16(text: string): Buffer<ArrayBuffer> {
  return Buffer.from(`\uFEFF${text}`, "utf16le");
}

test("stdin that has nothing, or cannot be read, is named", async () => {
  const nothing = await run(["trace", "-"]);
  expect(nothing).toMatchObject({ exitCode: 2, stderr: "error: stdin is no JSON: it is empty.\n" });
  const readStdin = (): Promise<Buffer> => Promise.reject(new Error("EIO: i/o error, read"));
  expect(await run(["trace", "-"], { readStdin })).toMatchObject({
    exitCode: 2,
    stderr: "error: stdin cannot be read: EIO: i/o error, read.\n",
  });
});
