import { suggestion } from "../input/near-misses.ts";
import { namedCallbacks } from "../operations/tree.ts";
import type { DurableResult } from "../result.ts";

const SHOWN = 5;

/**
 * The scripts that no callback has asked for, a line each, with the callback that may have been meant:
 * `No callback has asked for the script "aproval". Did you mean "approval"?`
 */
export function unusedScriptLines(result: DurableResult<unknown>): readonly string[] {
  const { unusedScripts } = result;
  if (unusedScripts.length === 0) return [];
  const names = namedCallbacks(result.operations).flatMap(({ name }) => name ?? []);
  const lines = unusedScripts
    .slice(0, SHOWN)
    .map(
      (script) =>
        `No callback has asked for the script ${JSON.stringify(script)}.${suggestion(script, names)}`,
    );
  const left = unusedScripts.length - lines.length;
  return left === 0 ? lines : [...lines, `Nor for ${left} more.`];
}
