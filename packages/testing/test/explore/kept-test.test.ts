/** The test that a failure is told with fails as the exploration did, wherever it is run. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { explore, ExplorationError } from "../../src/explore/index.ts";
import { cases } from "./fixtures/kept.ts";

async function failureOf(exploring: Promise<unknown>): Promise<ExplorationError> {
  const error = await exploring.catch((thrown: unknown) => thrown);
  if (error instanceof ExplorationError) return error;
  throw new Error(`It is no ExplorationError: ${String(error)}`);
}

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** What a process of its own says of pasted tests. */
async function runElsewhere(tests: Readonly<Record<string, string>>): Promise<unknown> {
  const code = [
    'import { explore } from "@durabletest/testing/explore";',
    'import { cases } from "./test/explore/fixtures/kept.ts";',
    "const outcomes = {};",
    ...Object.entries(tests).map(([name, testCode]) =>
      [
        "{",
        `const name = ${JSON.stringify(name)};`,
        "const { handler, options } = cases[name];",
        "let body;",
        "const test = (_, given) => void (body = given);",
        testCode,
        'outcomes[name] = await body().then(() => "passed", told);',
        "}",
      ].join("\n"),
    ),
    "function told(error) {",
    "  return { property: error.property, message: error.cause?.message ?? error.message };",
    "}",
    "console.log(JSON.stringify(outcomes));",
  ].join("\n");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@durabletest/source", "--no-warnings", "--input-type=module", "--eval", code],
    { cwd: PACKAGE, env: { ...process.env, NODE_OPTIONS: "", TZ: "Pacific/Apia" } },
  );
  return JSON.parse(stdout);
}

test("the test that a failure is told with fails in the same way in another process", async () => {
  const expected: Record<string, unknown> = {};
  const tests: Record<string, string> = {};
  for (const [name, { handler, options }] of Object.entries(cases)) {
    const error = await failureOf(explore(handler, options));
    const { property, cause, testCode } = error;
    expected[name] = { property, message: (cause as Error).message };
    tests[name] = testCode;
  }
  expect(expected).toMatchObject({
    "a check of what an invoked durable function does": { property: "check" },
    "a check on a day": { property: "check" },
    "a crash, where fakes are reset": { property: "sameOutcomeAfterCrash" },
    "an end that takes longer than an invocation may": { property: "settles" },
  });
  expect(await runElsewhere(tests)).toEqual(expected);
}, 60_000);

test("a test says itself what is plain data, and takes the rest from what explore() was given", async () => {
  const testOf = async (name: string): Promise<string> => {
    const { handler, options } = cases[name]!;
    return (await failureOf(explore(handler, options))).testCode;
  };
  expect(await testOf("a replay on a day")).toMatchInlineSnapshot(`
    "test("goes the way that explore() has found", async () => {
      const schedule =
        'w7k42t []';
      await explore(handler, { startTime: "2025-01-05T00:00:00.000Z", schedule });
    });"
  `);
  expect(await testOf("a check")).toMatchInlineSnapshot(`
    "test("goes the way that explore() has found", async () => {
      const schedule =
        'ubtgwn [["checkpoint#1","crash before"]]';
      // options: all that explore() was given.
      await explore(handler, { ...options, input: {"id":"it's \\\\ one"}, schedule });
    });"
  `);
  expect(await testOf("an input that is made")).toContain("seed: 3");
  expect(await testOf("a crash, where replays are no matter")).toContain(
    'expect: {"replays":false}',
  );
});
