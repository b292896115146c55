/** The floor: the bare functions. */
import { approval, branches, items, steps, waits } from "../cases.ts";
import { time } from "../measure.ts";
import { manyRuns, report } from "./side.ts";

report({
  approval: await time(approval.bare, manyRuns),
  steps100: await time(steps(100).bare, manyRuns),
  steps1000: await time(steps(1000).bare, manyRuns),
  steps10000: await time(steps(10_000).bare, manyRuns),
  waits100: await time(waits(100).bare, manyRuns),
  branches300: await time(branches(300).bare, manyRuns),
  items1000: await time(items(1000, 50).bare, manyRuns),
  waits1000: await time(waits(1000).bare, manyRuns),
});
