import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";

import { loadedModules } from "../../src/outcomes/loaded-modules.ts";

const directory = realpathSync(mkdtempSync(join(tmpdir(), "durabletest-modules-")));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const load = nodeModule.createRequire(join(directory, "test.mjs"));

function write(file: string, text: string): string {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

// Before 22.15 Node does not say what is being loaded.
test.runIf("registerHooks" in nodeModule)(
  "modules are known that are loaded from then on, and who imports them",
  () => {
    const modules = loadedModules();
    const order = write("order.mjs", "export const handler = () => {};");
    const again = write("again.mjs", 'export { handler } from "./order.mjs"; import "node:fs";');
    const old = write("old.cjs", "exports.handler = () => {};");
    const broken = write("broken.mjs", 'throw new Error("no");');
    const looked = write("looked-for.mjs", "globalThis.ranThough = true;");
    const dependency = write("node_modules/some/index.cjs", "exports.handler = () => {};");
    for (const file of [again, old, dependency]) load(file);
    expect(() => load(broken) as unknown).toThrow("no");
    load.resolve(looked);

    const known = new Map(modules().map((each) => [each.file, each]));

    const { handler } = load(order) as { readonly handler: unknown };
    expect(known.get(order)?.exports).toMatchObject({ handler });
    expect(known.get(again)?.exports).toMatchObject({ handler });
    expect(known.get(order)?.isImportedBy?.(again)).toBe(true);
    expect(known.get(again)?.isImportedBy?.(order)).toBe(false);
    expect(known.get(old)?.exports).toBe(load(old));
    expect(known.has(dependency)).toBe(false);
    expect(known.has(broken)).toBe(false);
    expect(known.has(looked)).toBe(false);
    expect("ranThough" in globalThis).toBe(false);
  },
);
