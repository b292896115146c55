import type { ExecutedFigures } from "@durabletest/testing/plugin";

/**
 * Test files run in processes of their own, and tell the reporter through a file what they have executed: a line
 * each. Its name is in the environment, which Jest hands to its workers.
 */
const VARIABLE = "DURABLETEST_SUMMARY_FILE";

// Not by import, which a test file may mock.
const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");
const os = process.getBuiltinModule("node:os");

/** For the reporter, before the workers start. */
export function createSummaryFile(): void {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "durabletest-"));
  process.env[VARIABLE] = path.join(directory, "executed.jsonl");
}

/** For test files. Where no reporter wants to know, or none any more, nothing is written. */
export function writeToSummary(figures: ExecutedFigures): void {
  const file = process.env[VARIABLE];
  if (figures.executions + figures.invocations === 0) return;
  if (file !== undefined && fs.existsSync(path.dirname(file))) {
    fs.appendFileSync(file, `${JSON.stringify(figures)}\n`);
  }
}

/** For the reporter, when all has run: what has been written, and no file any more. */
export function takeSummary(): readonly ExecutedFigures[] {
  const file = process.env[VARIABLE];
  if (file === undefined) return [];
  Reflect.deleteProperty(process.env, VARIABLE);
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  fs.rmSync(path.dirname(file), { recursive: true, force: true });
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as ExecutedFigures);
}
