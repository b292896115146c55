import { withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { type Load, Modules } from "../../src/dev/modules.ts";
import type { LoadedHandler } from "../../src/load-handler.ts";

/** Loadings that settle when a test says so, in the order in which they have begun. */
function loadings(): { readonly load: Load; readonly all: PromiseWithResolvers<LoadedHandler>[] } {
  const all: PromiseWithResolvers<LoadedHandler>[] = [];
  const load: Load = () => {
    const loading = Promise.withResolvers<LoadedHandler>();
    all.push(loading);
    return loading.promise;
  };
  return { load, all };
}

const version = (file: string): LoadedHandler => ({
  handler: withDurableExecution(async () => file),
  file,
  exportName: "default",
  isInDefault: false,
});

test("an older loading that is done late does not take the place of a newer one", async () => {
  const { load, all } = loadings();
  const modules = new Modules(["src/order.ts"], load);
  const older = modules.load();
  const newer = modules.load();
  const mended = version("/new.ts");
  all[1]?.resolve(mended);
  expect(await newer).toBe(true);
  all[0]?.resolve(version("/old.ts"));
  expect(await older).toBe(false);
  expect(modules.handlers.get("order")).toBe(mended.handler);
  expect(modules).toMatchObject({ version: 1, all: [{ file: "/new.ts", problem: undefined }] });
});

test("an older loading that fails late is no problem of the newer one", async () => {
  const { load, all } = loadings();
  const modules = new Modules(["src/order.ts"], load);
  const older = modules.load();
  const newer = modules.load();
  all[1]?.resolve(version("/new.ts"));
  await newer;
  all[0]?.reject(new Error("src/order.ts is still loading after 30 seconds."));
  expect(await older).toBe(false);
  expect(modules.all).toMatchObject([{ file: "/new.ts", problem: undefined }]);
});
