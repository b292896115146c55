import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { createProject, type Project } from "./project.ts";

const { resolve } = createRequire(import.meta.url);

const compilerOptions = {
  target: "es2022",
  module: "commonjs",
  moduleResolution: "node10",
  strict: true,
  types: ["node"],
  skipLibCheck: true,
};
const esmOptions = {
  ...compilerOptions,
  module: "nodenext",
  moduleResolution: "nodenext",
  allowImportingTsExtensions: true,
  noEmit: true,
};

const files = {
  "tsconfig.json": JSON.stringify({ compilerOptions }),
  "order.ts": `
    import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
    import { setTimeout as sleep } from "node:timers/promises";
    interface Order { readonly id: string }
    export const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
      const approval = await context.createCallback<{ by: string }>("approval", { timeout: { hours: 48 } });
      const answer = await approval.result();
      const at = await context.step("pack", async () => {
        await sleep(60_000);
        return new Date().toISOString();
      });
      return { order: order.id, by: answer?.by, at };
    });
  `,
  "order.test.ts": `
    import { durableTest, respond } from "@durabletest/jest-plugin";
    import { describe, expect, jest } from "@jest/globals";
    import { handler } from "./order";
    const test = durableTest(handler);
    describe("an order", () => {
      test("is packed when it is approved", async ({ runner, clock }) => {
        jest.useFakeTimers();
        expect(await runner.run({ id: "o-1" })).toBeWaitingFor("approval");
        await clock.advance({ hours: 1 });
        const result = await runner.callback("approval").succeed({ by: "kim" });
        expect(result).toHaveSucceededWith({ order: "o-1", by: "kim", at: "2025-01-01T01:01:00.000Z" });
        expect({ result }).toEqual({ result: expect.toHaveSucceeded() });
        jest.useRealTimers();
      });
      test.each([["kim"], ["lee"]])("by %s", async (by: string, { runner }) => {
        await runner.run({ id: "o-1" });
        expect(await runner.callback("approval").succeed({ by })).toHaveSucceeded();
      });
      const scripted = test.with({ callbacks: { approval: respond.success({ by: "max" }) } });
      scripted.concurrent("at once", async ({ runner, expect: own }) => {
        own(await runner.run({ id: "o-2" })).toHaveCallback("approval", { result: { by: "max" } });
      });
      test("that fails", async ({ runner }) => {
        const { status } = await runner.run({ id: "o-1" });
        expect(status).toBe("SUCCEEDED");
      });
    });
  `,
};

/** With the ending that Node wants of ES modules. */
const esmFiles = {
  ...files,
  "tsconfig.json": JSON.stringify({ compilerOptions: esmOptions }),
  "package.json": JSON.stringify({ private: true, type: "module" }),
  "order.test.ts": files["order.test.ts"].replace('"./order"', '"./order.ts"'),
};

const babel = {
  configFile: false,
  presets: [
    [resolve("@babel/preset-env"), { targets: { node: "current" } }],
    resolve("@babel/preset-typescript"),
  ],
};
const swc = { jsc: { parser: { syntax: "typescript" }, target: "es2022" } };

describe("a suite in TypeScript", () => {
  test.each<[string, object]>([
    ["ts-jest", ["ts-jest", { tsconfig: "<rootDir>/tsconfig.json" }]],
    ["babel-jest", ["babel-jest", babel]],
    ["@swc/jest", ["@swc/jest", { ...swc, module: { type: "commonjs" } }]],
  ])("runs as CommonJS with %s", async (_, transform) => {
    using project = createProject(files);
    const run = await project.run({
      config: { preset: "@durabletest/jest-plugin", transform: { "\\.ts$": transform } },
    });
    expectOutcomes(run);
  });

  test.each<[string, object]>([
    ["ts-jest", ["ts-jest", { tsconfig: "<rootDir>/tsconfig.json", useESM: true }]],
    ["@swc/jest", ["@swc/jest", { ...swc, module: { type: "es6" } }]],
  ])("runs as ES modules with %s", async (_, transform) => {
    using project = createProject(esmFiles);
    const run = await project.run({
      nodeArgs: ["--experimental-vm-modules", "--no-warnings"],
      config: {
        preset: "@durabletest/jest-plugin",
        extensionsToTreatAsEsm: [".ts"],
        transform: { "\\.ts$": transform },
      },
    });
    expectOutcomes(run);
  });

  test("runs as ES modules without the preset", async () => {
    using project = createProject(esmFiles);
    const run = await project.run({
      nodeArgs: ["--experimental-vm-modules", "--no-warnings"],
      config: {
        extensionsToTreatAsEsm: [".ts"],
        setupFilesAfterEnv: ["@durabletest/jest-plugin/setup"],
        transform: { "\\.ts$": ["@swc/jest", { ...swc, module: { type: "es6" } }] },
      },
    });
    expectOutcomes(run);
  });
});

function expectOutcomes({ tests, output }: Awaited<ReturnType<Project["run"]>>): void {
  const { "an order that fails": failed = "", ...others } = tests;
  // Where nothing ran, Jest has said why.
  expect(Object.keys(others).length === 0 ? output : others).toEqual({
    "an order is packed when it is approved": "",
    "an order by kim": "",
    "an order by lee": "",
    "an order at once": "",
  });
  expect(failed.match(/^Timeline$/gm)).toHaveLength(1);
}
