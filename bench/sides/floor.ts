/** The floor: the bare functions. */
import { approval, steps, waits } from "../cases.ts";
import { time } from "../measure.ts";
import { manyRuns, report } from "./side.ts";

report({
  approval: await time(approval.bare, manyRuns),
  steps100: await time(steps(100).bare, manyRuns),
  steps1000: await time(steps(1000).bare, manyRuns),
  steps10000: await time(steps(10_000).bare, manyRuns),
  waits100: await time(waits(100).bare, manyRuns),
  waits1000: await time(waits(1000).bare, manyRuns),
});
