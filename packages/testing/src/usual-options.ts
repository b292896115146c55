import { checkCallbackScript } from "./script.ts";
import type { CheckedScripts } from "./scripted.ts";
import { checkStepScript } from "./step-script.ts";

/** What most runners are given, if anything. */
export interface UsualOptions extends CheckedScripts {
  readonly unusedScripts: "report" | "error";
}

/**
 * The options, where they are the usual ones and right; otherwise a schema has to read them, and says what is wrong.
 * To make that schema takes longer than a small test, and every test file would make it anew.
 */
export function usualOptions(options: unknown): UsualOptions | undefined {
  try {
    if (!isPlain(options)) return undefined;
    const { callbacks = {}, steps = {}, unusedScripts = "report", ...others } = options;
    if (unusedScripts !== "report" && unusedScripts !== "error") return undefined;
    if (!isPlain(callbacks) || !isPlain(steps) || Object.keys(others).length > 0) return undefined;
    return {
      callbacks: checkEach(callbacks, checkCallbackScript),
      steps: checkEach(steps, checkStepScript),
      unusedScripts,
    };
  } catch {
    return undefined;
  }
}

function checkEach<Script>(
  scripts: Readonly<Record<string, unknown>>,
  check: (value: unknown, name: string) => Script,
): Readonly<Record<string, Script>> {
  return Object.fromEntries(
    Object.entries(scripts).map(([name, value]) => [name, check(value, name)] as const),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
