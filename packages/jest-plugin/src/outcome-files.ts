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
const { randomUUID } = process.getBuiltinModule("node:crypto");

interface OutcomesWanted {
  readonly directory: string;
  /** What names of files are relative to. */
  readonly root: string;
}

/** For the reporter, before the workers start. In watch mode the folder stays: what other runs have seen counts. */
export function wantOutcomes(root: string): void {
  if (outcomesWanted() !== undefined) return;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "durabletest-outcomes-"));
  process.once("exit", () => fs.rmSync(directory, { recursive: true, force: true }));
  process.env[VARIABLE] = JSON.stringify({ directory, root } satisfies OutcomesWanted);
}

/** For test files. */
export function outcomesWanted(): OutcomesWanted | undefined {
  const text = process.env[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as OutcomesWanted);
}

/** For test files, at their end. */
export function leaveOutcomes(
  { directory }: OutcomesWanted,
  observed: readonly ObservedFunction[],
): void {
  if (observed.length === 0) return;
  fs.writeFileSync(path.join(directory, `${randomUUID()}.json`), JSON.stringify(observed));
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
