/**
 * Whether a long suite stays as it begins: what the heap of a worker grows by from file to file, and whether the
 * last files take longer than the first. With one worker, so that all files are in one row.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LongSuite } from "../figures.ts";
import { summary } from "../measure.ts";
import { type Kind, kinds, PROBE_FILE, suiteFolder, writeSuite } from "../suites/files.ts";
import { withProject } from "../suites/project.ts";
import { runSuite, type Way, ways } from "../suites/run-suite.ts";
import { quick, report } from "./side.ts";

const FILES = quick ? 100 : 500;
const HUNDRED = FILES / 5;

/** The first files load what all of them use, and are compiled the more the longer they run. */
const WARM_UP = HUNDRED / 2;

/** What a probe writes at the end of a file. */
interface Probe {
  readonly heapUsed: number;
  readonly at: number;
  /** By the collection, which no suite has. */
  readonly tookMs: number;
}

async function probe(project: string, way: Way, kind: Kind): Promise<readonly Probe[]> {
  const suite = { framework: way.framework, kind, files: FILES };
  writeSuite(project, suite);
  const folder = suiteFolder(project, suite);
  const file = join(folder, `probes-${Math.random()}.jsonl`);
  const probing = { env: { [PROBE_FILE]: file }, nodeArgs: ["--expose-gc"] };
  const args =
    way.framework === "jest" ? ["--runInBand", "--config=probing.config.json"] : way.args;
  await runSuite(folder, { ...way, args }, probing);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Probe).toSorted((a, b) => a.at - b.at);
}

async function measure(project: string, way: Way): Promise<LongSuite> {
  const [empty, durable] = [
    await probe(project, way, kinds[0]),
    await probe(project, way, kinds[1]),
  ];
  return {
    title: way.title,
    bytesAFile: growth(durable),
    bytesAnEmptyFile: growth(empty),
    slowdown: lengthOf(last(durable)) / lengthOf(first(durable)),
  };
}

function first(probes: readonly Probe[]): readonly Probe[] {
  return probes.slice(WARM_UP, WARM_UP + HUNDRED);
}

function last(probes: readonly Probe[]): readonly Probe[] {
  return probes.slice(-HUNDRED);
}

/** Bytes a file. */
function growth(probes: readonly Probe[]): number {
  const middle = (of: readonly Probe[]): number =>
    summary(of.map(({ heapUsed }) => heapUsed)).median;
  return (middle(last(probes)) - middle(first(probes))) / (FILES - HUNDRED - WARM_UP);
}

function lengthOf(probes: readonly Probe[]): number {
  const between = (probes.at(-1)?.at ?? Number.NaN) - (probes[0]?.at ?? Number.NaN);
  return between - probes.slice(0, -1).reduce((sum, { tookMs }) => sum + tookMs, 0);
}

report(
  await withProject(async (project) => {
    const suites: LongSuite[] = [];
    for (const way of Object.values(ways)) suites.push(await measure(project, way));
    return { files: FILES, suites };
  }),
);
