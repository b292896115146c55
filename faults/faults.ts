/**
 * Tries handlers of our runtime and of AWS's SDK, each in a sandbox of its own with its real Lambda client,
 * against a durable service behind a proxy with faults. README.md says how to read what it prints.
 */
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  casesAtEveryPosition,
  cleanCases,
  cleanRunOf,
  isInPart,
  mixedCases,
  patientCases,
  rowOf,
  twiceCases,
} from "./cases.ts";
import type { FaultCase } from "./fault-case.ts";
import { isHandlerName } from "./handlers/specs.ts";
import { RUNTIMES, type RuntimeName } from "./messages.ts";
import { startTestBed } from "./play-case.ts";
import { parsePlan } from "./plan.ts";
import { formatBreach, formatCounts, formatTables, type Played } from "./report.ts";
import { replaceSection } from "./section.ts";
import { judge } from "./verdict.ts";

const { values: options } = parseArgs({
  options: {
    full: { type: "boolean", default: process.env["FAULTS"] === "full" },
    seed: { type: "string", default: "1" },
    plan: { type: "string" },
    handler: { type: "string" },
    runtime: { type: "string" },
    /** Cases at a time: most of them wait, for retries and silence. */
    concurrency: { type: "string" },
    /** Puts the tables where the page has them. */
    write: { type: "boolean", default: false },
  },
});

const concurrency = Number(options.concurrency ?? availableParallelism() * (options.full ? 4 : 2));
const testBed = await startTestBed();
const played = await (options.plan === undefined ? suite() : single(options.plan));
await testBed.close();

const tables = formatTables(played);
if (options.full) console.log(`\n${tables.faults}\n\n${tables.requests}`);
console.log(`\n${formatCounts(played, testBed.sandboxes)}`);
if (options.write) await writePage();
process.exitCode = played.some(isFailure) ? 1 : 0;

/** What AWS's SDK does is told, and is not ours to promise. */
function isFailure({ faultCase, verdict }: Played): boolean {
  return faultCase.runtime === "durabletest" && verdict.breaches.length > 0;
}

async function suite(): Promise<readonly Played[]> {
  const { full } = options;
  // They are few: more at a time would take more sandboxes than they save time.
  const clean = await playAll(wanted(cleanCases(RUNTIMES)), 2);
  const cleanRuns = clean.map(({ faultCase, observed }) => cleanRunOf(faultCase, observed));
  const runtimes = full ? RUNTIMES : (["durabletest"] as const);
  const tried = cleanRuns.filter(({ runtime }) => runtimes.some((each) => each === runtime));
  const seed = Number(options.seed);
  const cases: readonly FaultCase[] = [
    // They take longest, and do nothing but wait.
    ...(full ? tried.filter(({ handler }) => handler === "step").flatMap(patientCases) : []),
    ...tried.flatMap(casesAtEveryPosition).filter((each) => full || isInPart(each)),
    ...runtimes.flatMap((runtime) => twiceCases(runtime, full ? 1000 : 100)),
    ...mixedCases(tried, { seed, count: full ? 400 : 5 }),
  ];
  return [...clean, ...(await playAll(wanted(cases)))];
}

async function single(text: string): Promise<readonly Played[]> {
  const { handler = "", runtime = "durabletest" } = options;
  if (!isHandlerName(handler)) throw new Error(`There is no handler "${handler}".`);
  const plan = parsePlan(text);
  const chosen = RUNTIMES.filter((each) => each === runtime);
  const cases = chosen.map((each) => ({ runtime: each, handler, plan, row: rowOf(plan) }));
  return playAll(cases);
}

function wanted(cases: readonly FaultCase[]): readonly FaultCase[] {
  const { handler, runtime } = options;
  return cases.filter(
    (each) =>
      (handler === undefined || each.handler === handler) &&
      (runtime === undefined || each.runtime === (runtime as RuntimeName)),
  );
}

/** In order, some at a time. */
async function playAll(
  cases: readonly FaultCase[],
  atATime = concurrency,
): Promise<readonly Played[]> {
  const results: Played[] = [];
  const queue = cases.entries();
  const work = async (): Promise<void> => {
    for (const [index, faultCase] of queue) {
      const observed = await testBed.play(faultCase);
      const result: Played = { faultCase, observed, verdict: judge(faultCase, observed) };
      results[index] = result;
      if (result.verdict.breaches.length > 0) console.log(formatBreach(result));
      if (index % 100 === 99) console.error(`${index + 1} of ${cases.length}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return results;
}

async function writePage(): Promise<void> {
  const file = fileURLToPath(new URL("../docs/reliability.md", import.meta.url));
  const page = replaceSection(await readFile(file, "utf8"), "faults", tables.faults);
  await writeFile(file, replaceSection(page, "requests", tables.requests));
}
