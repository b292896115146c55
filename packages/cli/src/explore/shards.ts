import { Worker } from "node:worker_threads";
import { asError } from "@durabletest/runtime/protocol";
import type { ExploreRequest } from "./request.ts";
import type { ShardOutcome } from "./shard-outcome.ts";

/** What a thread tells: how many executions there were since it last told, and at the end what came of all. */
export interface FromWorker {
  readonly runs: number;
  readonly outcome?: ShardOutcome;
}

/**
 * The parts of an exploration, for so many threads. Where all there is may turn out to be little, the first of them
 * tries that, one after the other, and the others what chance says.
 */
export function shardsOf(request: ExploreRequest, threads: number): readonly ExploreRequest[] {
  if (threads === 1) return [request];
  return Array.from({ length: threads }, (_, index): ExploreRequest => {
    if (index === 0 && request.strategy === "auto") {
      return { ...request, strategy: "exhaustive", runs: Math.ceil(request.runs / threads) };
    }
    return { ...request, shard: `${index + 1}/${threads}` };
  });
}

/**
 * Explores the parts, each in a thread of its own.
 *
 * What comes of it does not depend on which thread is fast: of several that find a failure the first one in order
 * counts, and later ones are stopped as soon as it is known. If the first one has tried all there is, it has said all.
 *
 * @returns the outcomes that count, in order.
 */
export async function exploreInThreads(
  shards: readonly ExploreRequest[],
  onRuns: (runs: number) => void,
): Promise<readonly ShardOutcome[]> {
  const threads = shards.map((shard) => startThread(shard, onRuns));
  const stopAfter = (last: number): void => {
    for (const [index, { stop }] of threads.entries()) if (index > last) stop();
  };
  const outcomes = await Promise.all(
    threads.map(async ({ outcome }, index) => {
      const came = await outcome;
      if (came !== undefined && isAll(came, index)) stopAfter(index);
      return came;
    }),
  );
  const counted: ShardOutcome[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome === undefined) break;
    counted.push(outcome);
    if (isAll(outcome, index)) break;
  }
  return counted;
}

/** Whether nothing that later parts could say matters. */
function isAll(outcome: ShardOutcome, index: number): boolean {
  return outcome.kind === "report" ? index === 0 && outcome.report.exhausted : true;
}

/** The file that a thread runs: beside this one as source, beside the command as built. */
function workerFile(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "./worker.ts" : "./explore-worker.mjs", import.meta.url);
}

interface Thread {
  /** Nothing if it was stopped before. */
  readonly outcome: Promise<ShardOutcome | undefined>;
  readonly stop: () => void;
}

function startThread(request: ExploreRequest, onRuns: (runs: number) => void): Thread {
  // What handlers print, in a thousand executions, nobody reads.
  const worker = new Worker(workerFile(), { workerData: request, stdout: true, stderr: true });
  worker.stdout.resume();
  worker.stderr.resume();
  const outcome = new Promise<ShardOutcome | undefined>((resolve, reject) => {
    worker.on("message", ({ runs, outcome: came }: FromWorker) => {
      onRuns(runs);
      if (came === undefined) return;
      resolve(came);
      void worker.terminate();
    });
    worker.on("error", (error) => {
      reject(asError(error));
    });
    worker.on("exit", () => {
      resolve(undefined);
    });
  });
  return { outcome, stop: () => void worker.terminate() };
}
