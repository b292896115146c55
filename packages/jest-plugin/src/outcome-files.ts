import type { ObservedFunction } from "@durabletest/testing/outcomes";

/**
 * Test files run in processes of their own, and leave what their executions have come to in files of a folder, for the
 * reporter. Its name is in the environment, which Jest hands to its workers; where no reporter wants to know, it is not.
 */
const VARIABLE = "DURABLETEST_OUTCOMES";

// Not by import, which a test file may mock.
const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");
const os = process.getBuiltinModule("node:os");
const { createHash, randomUUID } = process.getBuiltinModule("node:crypto");

interface OutcomesWanted {
  readonly directory: string;
  /** What names of files are relative to. */
  readonly root: string;
  /** Of the process of the reporter: a Jest that a test starts has another one. */
  readonly pid: number;
}

/** For the reporter, before the workers start. In watch mode the folder stays: what other runs have seen counts. */
export function wantOutcomes(root: string): void {
  const { pid } = process;
  if (outcomesWanted()?.pid === pid) return;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "durabletest-outcomes-"));
  process.once("exit", () => fs.rmSync(directory, { recursive: true, force: true }));
  process.env[VARIABLE] = JSON.stringify({ directory, root, pid } satisfies OutcomesWanted);
}

/** For test files. */
export function outcomesWanted(): OutcomesWanted | undefined {
  const text = process.env[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as OutcomesWanted);
}

/** For test files, at their end. After the end of the run, nobody wants to know. */
export function leaveOutcomes(
  { directory }: OutcomesWanted,
  testPath: string | undefined,
  observed: readonly ObservedFunction[],
): void {
  if (observed.length === 0 || !fs.existsSync(directory)) return;
  const file = `${namesOf(testPath)}${randomUUID()}.json`;
  fs.writeFileSync(path.join(directory, file), JSON.stringify(observed));
}

/** For the reporter in watch mode, when a test file begins to run again: what it has seen before. */
export function forgetOutcomes(testPath: string): void {
  const wanted = outcomesWanted();
  if (wanted === undefined) return;
  const { directory } = wanted;
  for (const file of fs.readdirSync(directory)) {
    if (file.startsWith(namesOf(testPath))) fs.rmSync(path.join(directory, file));
  }
}

/** How the names of files of a test file begin: several projects may have it. */
function namesOf(testPath = ""): string {
  return `${createHash("md5").update(testPath).digest("hex")}-`;
}

/** For the reporter, when all has run. */
export function takeOutcomes({ keep }: { readonly keep: boolean }): readonly ObservedFunction[] {
  const wanted = outcomesWanted();
  if (wanted === undefined) return [];
  const { directory } = wanted;
  const observed = fs
    .readdirSync(directory)
    .flatMap(
      (file) =>
        JSON.parse(fs.readFileSync(path.join(directory, file), "utf8")) as ObservedFunction[],
    );
  if (!keep) {
    Reflect.deleteProperty(process.env, VARIABLE);
    fs.rmSync(directory, { recursive: true, force: true });
  }
  return observed;
}
