import { hash } from "node:crypto";
import fc from "fast-check";
import { play, type Scenario, scenarios, traceOf } from "./scenario.ts";

/** The scenarios of a seed: the same in every process. */
export const scenariosOf = (seed: number, count: number): readonly Scenario[] =>
  fc.sample(scenarios(), { seed, numRuns: count });

/** How each scenario of a seed went, in short. */
export async function digestsOf(of: {
  readonly seed: number;
  readonly count: number;
}): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const scenario of scenariosOf(of.seed, of.count)) {
    digests.push(hash("sha256", traceOf(await play(scenario))));
  }
  return digests;
}
