/**
 * The test files of the suites that are measured: small durable tests, and as many empty ones.
 *
 * A durable file has what a user's file has: the import of `durableTest`, a handler in a file of its own, a matcher.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Framework = "vitest" | "jest";

export const kinds = ["empty", "durable"] as const;
export type Kind = (typeof kinds)[number];

const TESTS = 20;

/** Where the probes of a suite write to, if they are to. */
export const PROBE_FILE = "DURABLETEST_BENCH_PROBES";

export interface Suite {
  readonly framework: Framework;
  readonly kind: Kind;
  readonly files: number;
}

/** Where it is, in a project that has the packages installed. */
export function suiteFolder(project: string, { framework, kind, files }: Suite): string {
  return join(project, `${framework}-${kind}-${files}`);
}

/** Writes it to its folder. */
export function writeSuite(project: string, suite: Suite): void {
  const { framework, kind, files } = suite;
  const folder = suiteFolder(project, suite);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const extension = framework === "vitest" ? "mjs" : "js";
  if (framework === "vitest") {
    write("vitest.config.mjs", kind === "durable" ? VITEST_CONFIG : EMPTY_VITEST_CONFIG);
    write("probe.mjs", VITEST_PROBE);
  } else {
    const preset = kind === "durable" ? { preset: "@durabletest/jest-plugin" } : {};
    // With a preset, these are added to its own.
    write("jest.config.json", JSON.stringify(preset));
    write("probing.config.json", JSON.stringify({ ...preset, setupFilesAfterEnv: [PROBE] }));
    write("probe.js", JEST_PROBE);
  }
  if (kind === "durable") write(`handler.${extension}`, handlers[framework]);
  for (let number = 1; number <= files; number += 1) {
    const name = `${String(number).padStart(3, "0")}.test.${extension}`;
    write(name, kind === "durable" ? durableFile(framework, number) : emptyFile(framework));
  }
}

function durableFile(framework: Framework, number: number): string {
  const fixtures = framework === "vitest" ? "{ runner, expect }" : "{ runner }";
  const tests = Array.from(
    { length: TESTS },
    (_, test) => `
test("order ${test}", async (${fixtures}) => {
  const result = await runner.run({ price: ${number}, count: ${test} });
  expect(result).toHaveSucceededWith({ total: ${number * test} });
});
`,
  );
  return `${durableImports[framework]}
const test = durableTest(handler);
${tests.join("")}`;
}

function emptyFile(framework: Framework): string {
  const imports = framework === "vitest" ? `import { test } from "vitest";\n` : "";
  const tests = Array.from(
    { length: TESTS },
    (_, test) => `test("order ${test}", async () => {});`,
  );
  return `${imports}${tests.join("\n")}\n`;
}

const durableImports: Readonly<Record<Framework, string>> = {
  vitest: `import { durableTest } from "@durabletest/vitest-plugin";
import { handler } from "./handler.mjs";
`,
  jest: `const { durableTest } = require("@durabletest/jest-plugin");
const { handler } = require("./handler.js");
`,
};

const HANDLER = `withDurableExecution(async (order, context) => {
  const total = await context.step("total", async () => order.price * order.count);
  await context.wait("cool down", { hours: 1 });
  return { total };
});
`;

const handlers: Readonly<Record<Framework, string>> = {
  vitest: `import { withDurableExecution } from "@durabletest/runtime";
export const handler = ${HANDLER}`,
  jest: `const { withDurableExecution } = require("@durabletest/runtime");
exports.handler = ${HANDLER}`,
};

const PROBE = "<rootDir>/probe.js";

/**
 * At the end of each file: what is left on the heap of its process, and when that was. A collection as V8 makes it
 * before it gives up: from Node 26 on, an ordinary one leaves the realms of Jest's earlier files, of empty ones too.
 */
const PROBING = `afterAll(() => {
  const at = Date.now();
  globalThis.gc({ type: "major", flavor: "last-resort" });
  const probe = { heapUsed: process.memoryUsage().heapUsed, at, tookMs: Date.now() - at };
  appendFileSync(process.env.${PROBE_FILE}, JSON.stringify(probe) + "\\n");
});
`;

const VITEST_PROBE = `import { appendFileSync } from "node:fs";
import { afterAll } from "vitest";
${PROBING}`;

const JEST_PROBE = `const { appendFileSync } = require("node:fs");
${PROBING}`;

const SETTINGS = `test: process.env.${PROBE_FILE} ? { setupFiles: ["./probe.mjs"], execArgv: ["--expose-gc"], maxWorkers: 1 } : {}`;

const EMPTY_VITEST_CONFIG = `export default { ${SETTINGS} };
`;

const VITEST_CONFIG = `import durable from "@durabletest/vitest-plugin/config";
export default { plugins: [durable()], ${SETTINGS} };
`;
