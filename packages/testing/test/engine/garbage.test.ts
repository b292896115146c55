import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** An execution of these was 25 kB and 60 kB. */
const FEW_BYTES = 12_000;

// What would keep a whole execution until a full collection: a closure that is assigned to a property is old from the
// beginning, and an old weak map keeps its values, whatever becomes of their keys.
test("what an execution has made is gone with the next minor collections", async () => {
  const fixture = fileURLToPath(new URL("./fixtures/garbage.ts", import.meta.url));
  const options = [
    "--conditions=@durabletest/source",
    "--experimental-strip-types",
    "--no-warnings",
    "--expose-gc",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...options, fixture]);

  const left = JSON.parse(stdout) as Readonly<Record<"run" | "explored", number>>;

  expect(left.run).toBeLessThan(FEW_BYTES);
  expect(left.explored).toBeLessThan(FEW_BYTES);
});
