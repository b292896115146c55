import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { bootMs } from "../../src/surroundings/elapsed.ts";
import { start } from "./virtual-host.ts";

/** Runs a fixture in a process of its own, and reads what it prints. */
async function run(fixture: URL): Promise<unknown> {
  const path = fileURLToPath(fixture);
  const flags = ["--experimental-strip-types", "--no-warnings"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, path]);
  return JSON.parse(stdout);
}

test("the natives are found when fake timers were on before the first import", async () => {
  await expect(
    run(new URL("./fixtures/first-import-under-fakes.ts", import.meta.url)),
  ).resolves.toEqual({
    nativeIsReal: true,
    outside: 5,
    inside: [start, start, bootMs],
    virtual: start + 1000,
    outsideAfter: true,
    insideAfter: [start, start, bootMs],
  });
});

test("copies of the package share one hook", async () => {
  await expect(run(new URL("./fixtures/two-copies.ts", import.meta.url))).resolves.toEqual({
    sharedState: true,
    routedOnce: true,
    ownScopeClass: true,
    inside: true,
    current: true,
  });
});
