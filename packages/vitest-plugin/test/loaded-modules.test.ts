import { afterEach, expect, test, vi } from "vitest";
import { loadedModules } from "../src/loaded-modules.ts";
import { orderHandler } from "./order.ts";

const WORKER = "__vitest_worker__";
afterEach(() => vi.unstubAllGlobals());

test("what a test file has loaded is there, with who imports it", () => {
  const loaded = loadedModules().find(({ file }) => file.endsWith("/test/order.ts"));
  expect(loaded?.exports).toHaveProperty("orderHandler", orderHandler);
  expect(loaded?.isImportedBy?.(import.meta.filename)).toBe(true);
  expect(loaded?.isImportedBy?.("/elsewhere.ts")).toBe(false);
});

test("one that stands in for another is in its place, and is remembered", () => {
  const importers = new Set(["mock:/project/index.ts"]);
  const order = { file: "mock:/project/order.ts", exports: { orderHandler }, importers };
  const modules = new Map<string, object>([
    [order.file, order],
    ["mock:/project/index.ts", { file: "mock:/project/index.ts" }],
  ]);
  vi.stubGlobal(WORKER, { evaluatedModules: { idToModuleMap: modules } });
  const [loaded] = loadedModules();
  vi.unstubAllGlobals();
  modules.clear();
  expect(loaded).toMatchObject({ file: "/project/order.ts", exports: { orderHandler } });
  expect(loaded?.isImportedBy?.("/project/index.ts")).toBe(true);
});

test.each([undefined, {}, { evaluatedModules: { idToModuleMap: new Map([["virtual", {}]]) } }])(
  "is nothing where Vitest keeps it otherwise: %j",
  (worker) => {
    vi.stubGlobal(WORKER, worker);
    const loaded = loadedModules();
    vi.unstubAllGlobals();
    expect(loaded).toEqual([]);
  },
);
