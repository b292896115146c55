import type { TestContext } from "vitest";

/** Of this package and the harness. Under source maps, frames name the sources. */
const OWN_FRAME =
  /^[^\S\n]+at .*[/\\]@durabletest[/\\](?:vitest-plugin|testing|runtime)[/\\](?:dist|src)[/\\].*\n?/gm;

/**
 * Takes our frames out of the stacks of what has failed a test: Vitest shows all of them below the message, the
 * user's line at their end, and nobody can do a thing about ours.
 */
export function withoutOwnFrames({ result }: TestContext["task"]): void {
  for (const error of result?.errors ?? []) {
    if (error.stack !== undefined) error.stack = error.stack.replaceAll(OWN_FRAME, "");
  }
}
