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

test.each([undefined, {}, { evaluatedModules: { idToModuleMap: new Map([["virtual", {}]]) } }])(
  "is nothing where Vitest keeps it otherwise: %j",
  (worker) => {
    vi.stubGlobal(WORKER, worker);
    const loaded = loadedModules();
    vi.unstubAllGlobals();
    expect(loaded).toEqual([]);
  },
);
