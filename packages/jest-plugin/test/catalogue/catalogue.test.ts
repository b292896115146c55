import { describe, expect, test } from "vitest";
import { createProject } from "../projects/project.ts";
import { runVitest } from "../projects/vitest.ts";
import { callbacks } from "./cases/callbacks.ts";
import { calls } from "./cases/calls.ts";
import { handlers } from "./cases/handlers.ts";
import { matchers } from "./cases/matchers.ts";
import { operations } from "./cases/operations.ts";
import { options } from "./cases/options.ts";
import { sizes } from "./cases/sizes.ts";
import { timeouts } from "./cases/timeouts.ts";

/** Tests that fail, by what they are about: what they print is kept, to be judged by whoever reads it. */
const topics = { calls, callbacks, handlers, matchers, operations, options, sizes, timeouts };

const names = Object.keys(topics);

/** All that differs between the frameworks. */
const importsOf = {
  jest: `
const { durableTest, DurableTestRunner, respond } = require("@durabletest/jest-plugin");
const { withDurableExecution } = require("@durabletest/runtime");
const { afterAll, expect, test: plain } = require("@jest/globals");
`,
  vitest: `
import { durableTest, DurableTestRunner, respond } from "@durabletest/vitest-plugin";
import { withDurableExecution } from "@durabletest/runtime";
import { afterAll, expect, test as plain } from "vitest";
`,
};

const filesFor = (framework: "jest" | "vitest"): Record<string, string> =>
  Object.fromEntries(
    Object.entries(topics).map(([name, body]) => [
      `${name}.test.js`,
      `${importsOf[framework].trimStart()}${body}`,
    ]),
  );

describe("what failing tests print", { concurrent: false }, () => {
  test("in Jest", async () => {
    using project = createProject(filesFor("jest"));
    const { output } = await project.run({ config: { preset: "@durabletest/jest-plugin" } });
    for (const name of names) {
      const [, rest = ""] = output
        .replaceAll(/^(FAIL .*) \([\d.]+ s\)$/gm, "$1")
        .split(`FAIL ./${name}.test.js\n`);
      // What it says of this file ends where the next one begins, or the summary.
      const text = rest.split(/^(?:FAIL \.|Durable: |Summary of all failing tests)/m, 1)[0] ?? "";
      await expect(withoutChance(text)).toMatchFileSnapshot(`expected/${name}.jest.txt`);
    }
  });

  test("in Vitest", async () => {
    using project = createProject({
      ...filesFor("vitest"),
      "vitest.config.mjs": `
        import durable from "@durabletest/vitest-plugin/config";
        export default { plugins: [durable()], test: { include: ["*.test.js"], fileParallelism: false } };
      `,
    });
    const { output } = await runVitest(project.root);
    const failures = output.split(/^⎯+ Failed Tests \d+ ⎯+$/m)[1]?.split(/^ Test Files /m)[0] ?? "";
    const each = failures.split(/^⎯+\[\d+\/\d+\]⎯+$/m).map((text) => text.trim());
    for (const name of names) {
      const texts = each.filter((text) => text.startsWith(`FAIL  ${name}.test.js > `));
      await expect(withoutChance(texts.join("\n\n"))).toMatchFileSnapshot(
        `expected/${name}.vitest.txt`,
      );
    }
  });
});

/** Which port a server got, whether it has connected by then, and what Node says of a process. */
function withoutChance(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replaceAll(/, (?:socket(?: 127\.0\.0\.1:<port>)?|connection)(?=[,.])/g, "")
    .replaceAll(/^\(node:\d+\).*\n|^\(Use `node .*\n/gm, "");
}
