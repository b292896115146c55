import { inspect } from "node:util";

/**
 * Replaces what has failed a test. Jest keeps an error beside another one, of where the test or the hook was defined:
 * for what has no stack. That one is of all attempts, and of all tests of the hook, so it stays as it is.
 */
export function replaceThrown(
  failures: unknown[],
  replaced: (thrown: unknown, definedAt: unknown) => unknown,
): void {
  for (const [index, failure] of failures.entries()) {
    const [thrown, definedAt] = Array.isArray(failure)
      ? (failure as readonly unknown[])
      : [failure, undefined];
    const now = replaced(thrown, definedAt);
    failures[index] = Array.isArray(failure) ? [now, definedAt] : now;
  }
}

/** What can have a message: a timeout is a mere text, and so may be what a test throws. */
export function asError(thrown: unknown, definedAt: unknown): unknown {
  if (isObject(thrown) && ("message" in thrown || "stack" in thrown)) return thrown;
  if (!isObject(definedAt) || !("stack" in definedAt)) return thrown;
  const error = new Error(
    // As Jest says it.
    typeof thrown === "string" ? thrown : `thrown: ${inspect(thrown, { depth: 3 })}`,
  );
  const frames = String(definedAt.stack).replace(/^(?!\s+at )[^]*?(?=^\s+at )/m, "");
  error.stack = `Error: ${error.message}\n${frames}`;
  return error;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
