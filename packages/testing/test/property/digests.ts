import { hash } from "node:crypto";
import fc from "fast-check";
import { scheduleOf } from "../../src/explore/execution-run.ts";
import { play, type Scenario, scenarios, traceOf } from "./scenario.ts";
import { runScheduled, type Scheduled, scheduledPrograms } from "./scheduled.ts";

/** Which cases: the same ones in every process. */
export interface Cases {
  readonly seed: number;
  readonly count: number;
}

export const scenariosOf = ({ seed, count }: Cases): readonly Scenario[] =>
  fc.sample(scenarios(), { seed, numRuns: count });

export const scheduledOf = ({ seed, count }: Cases): readonly Scheduled[] =>
  fc.sample(scheduledPrograms(), { seed, numRuns: count });

/** How each scenario of a seed went, in short; then how each program under its schedule did, and by which. */
export async function digestsOf(cases: Cases): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const scenario of scenariosOf(cases)) digests.push(digest(traceOf(await play(scenario))));
  for (const scheduled of scheduledOf(cases)) {
    const { run } = await runScheduled(scheduled);
    // What the harness has to say of a handler that is stuck names places in files.
    const history = run.error === undefined ? run.result.history : run.result.history.length;
    digests.push(digest(`${scheduleOf(run.decisions)} ${JSON.stringify(history)}`));
  }
  return digests;
}

function digest(text: string): string {
  return hash("sha256", text);
}
