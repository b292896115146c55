import { type CallbackScript, checkCallbackScript } from "./script.ts";

/** What most runners are given, if anything. */
export interface UsualOptions {
  readonly callbacks: Readonly<Record<string, CallbackScript>>;
  readonly unusedScripts: "report" | "error";
}

/**
 * The options, where they are the usual ones and right; otherwise a schema has to read them, and says what is wrong.
 * To make that schema takes longer than a small test, and every test file would make it anew.
 */
export function usualOptions(options: unknown): UsualOptions | undefined {
  try {
    if (!isPlain(options)) return undefined;
    const { callbacks = {}, unusedScripts = "report", ...others } = options;
    if (unusedScripts !== "report" && unusedScripts !== "error") return undefined;
    if (!isPlain(callbacks) || Object.keys(others).length > 0) return undefined;
    const scripts = Object.entries(callbacks).map(
      ([name, value]) => [name, checkCallbackScript(value, name)] as const,
    );
    return { callbacks: Object.fromEntries(scripts), unusedScripts };
  } catch {
    return undefined;
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
