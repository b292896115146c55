import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "vitest";
import { FileWatch } from "../../src/dev/watch-files.ts";

const directory = mkdtempSync(join(tmpdir(), "durabletest-watch-"));
const open: FileWatch[] = [];

afterEach(() => {
  for (const files of open.splice(0)) files.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A folder that is watched; `told` is when it is told of next. */
function watched(name: string): {
  readonly folder: string;
  readonly files: FileWatch;
  readonly told: () => Promise<void>;
} {
  const folder = join(directory, "src", name);
  mkdirSync(folder, { recursive: true });
  const waiting: (() => void)[] = [];
  const files = new FileWatch({ sleep: async () => {} }, () => {
    for (const tell of waiting.splice(0)) tell();
  });
  files.add([folder]);
  open.push(files);
  return { folder, files, told: () => new Promise((resolve) => waiting.push(resolve)) };
}

test.each([
  ["moved away", (folder: string) => renameSync(folder, `${folder}-before`)],
  ["deleted", (folder: string) => rmSync(folder, { recursive: true })],
  [
    "deleted with the one around it",
    (folder: string) => rmSync(join(folder, ".."), { recursive: true }),
  ],
])("a folder that is %s, and comes back, is watched as it is then", async (_, takeAway) => {
  const { folder, told } = watched("orders");
  const gone = told();
  takeAway(folder);
  await gone;
  const back = told();
  mkdirSync(folder, { recursive: true });
  await back;
  const changed = told();
  writeFileSync(join(folder, "order.ts"), "export {};");
  await changed;
});

test("a folder that is replaced in one go is watched as it is then, also by who adds it again", async () => {
  const { folder, files, told } = watched("orders");
  mkdirSync(`${folder}-next`);
  const replaced = told();
  renameSync(folder, `${folder}-before`);
  renameSync(`${folder}-next`, folder);
  await replaced;
  files.add([folder]);
  const changed = told();
  writeFileSync(join(folder, "order.ts"), "export {};");
  await changed;
});
