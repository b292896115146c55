import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** An execution of these was 25 kB and 60 kB. */
const FEW_BYTES = 12_000;

// A closure that is assigned to a property, and what a weak map holds, are old from the beginning: each would keep
// its whole execution, and every minor collection would copy it.
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
