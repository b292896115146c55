import { suggestion } from "../input/near-misses.ts";
import { namesLike } from "../operations/find.ts";
import { namedCallbacks } from "../operations/tree.ts";
import { type DurableResult, unusedStepScripts } from "../result.ts";

const SHOWN = 5;

/**
 * The scripts that nothing has asked for, a line each, with the callback or step that may have been meant:
 * `No callback has asked for the script "aproval". Did you mean "approval"?`
 */
export function unusedScriptLines(result: DurableResult<unknown>): readonly string[] {
  const { unusedScripts, operations } = result;
  if (unusedScripts.length === 0) return [];
  const ofSteps = unusedStepScripts(result);
  const ofCallbacks = unusedScripts.slice(0, unusedScripts.length - ofSteps.length);
  const line = (what: string, script: string, names: readonly string[]): string =>
    `No ${what} has asked for the script ${JSON.stringify(script)}.${suggestion(script, names)}`;
  const callbackNames = namedCallbacks(operations).flatMap(({ name }) => name ?? []);
  const steps = operations.filter(({ type }) => type === "STEP");
  const lines = [
    ...ofCallbacks.map((script) => line("callback", script, callbackNames)),
    ...ofSteps.map((script) => line("step", script, namesLike(operations, steps, script))),
  ];
  const left = lines.length - SHOWN;
  return left <= 0 ? lines : [...lines.slice(0, SHOWN), `Nor for ${left} more.`];
}
