/** What a suite of many small durable tests takes, to one of as many empty tests, by framework. */
import type { SuitePair } from "../figures.ts";
import { summary } from "../measure.ts";
import { type Kind, kinds, suiteFolder, writeSuite } from "../suites/files.ts";
import { withProject } from "../suites/project.ts";
import { runSuite, type Took, type Way, ways } from "../suites/run-suite.ts";
import { quick, report } from "./side.ts";

const FILES = quick ? 30 : 100;
const ROUNDS = quick ? 1 : 3;

async function measure(project: string, way: Way): Promise<SuitePair> {
  const { framework } = way;
  const took: Record<Kind, Took[]> = { empty: [], durable: [] };
  for (const kind of kinds) writeSuite(project, { framework, kind, files: FILES });
  // The first round fills the caches of the frameworks, and does not count.
  for (let round = 0; round <= ROUNDS; round += 1) {
    // In turns, so that a slow moment of the machine is a moment of both.
    for (const kind of kinds) {
      const one = await runSuite(suiteFolder(project, { framework, kind, files: FILES }), way);
      if (round > 0) took[kind].push(one);
    }
  }
  const median = (of: readonly Took[], what: keyof Took): number =>
    summary(of.map((each) => each[what])).median;
  const ratio = (what: keyof Took): number => median(took.durable, what) / median(took.empty, what);
  return {
    title: way.title,
    emptyMs: median(took.empty, "wallMs"),
    durableMs: median(took.durable, "wallMs"),
    ratio: ratio("wallMs"),
    cpuRatio: ratio("cpuMs"),
  };
}

report(
  await withProject(async (project) => ({
    files: FILES,
    vitest: await measure(project, ways.vitest),
    shared: await measure(project, ways.shared),
    jest: await measure(project, ways.jest),
  })),
);
