/**
 * Test files run in processes of their own, which learn through the environment where the reports of tests that fail
 * go. What is set there by hand counts, and stays.
 */
import { resolve } from "node:path";

const VARIABLE = "DURABLETEST_REPORTS";

/** Where reports go when nobody has said so. */
export const DEFAULT_FOLDER = ".durabletest";

let isOurs = false;

/** For the reporter, before the workers start. */
export function wantReports(folder: string | false, rootDir: string): void {
  if (process.env[VARIABLE] !== undefined) return;
  isOurs = true;
  process.env[VARIABLE] = folder === false ? "false" : resolve(rootDir, folder);
}

/** For the reporter, when all has run. */
export function leaveReports(): void {
  if (isOurs) Reflect.deleteProperty(process.env, VARIABLE);
  isOurs = false;
}
