import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { asError } from "@durabletest/runtime/protocol";
import type { ExploreRequest } from "./request.ts";
import type { ShardOutcome } from "./shard-outcome.ts";

/** The code of an error: a thread has died before its part was explored. */
export const THREAD_DIED = "THREAD_DIED";

/** What a thread tells: how many executions there were since it last told, and at the end what came of all. */
export interface FromWorker {
  readonly runs: number;
  readonly outcome?: ShardOutcome;
}

/**
 * The parts of an exploration, for so many threads, no more than there are runs. Where all there is may turn out to be
 * little, the first of them tries that, one after the other, and the others what chance says.
 */
export function shardsOf(request: ExploreRequest, threads: number): readonly ExploreRequest[] {
  if (threads === 1) return [request];
  return Array.from({ length: threads }, (_, index): ExploreRequest => {
    const executions =
      Math.floor(request.runs / threads) + (index < request.runs % threads ? 1 : 0);
    if (index === 0 && request.strategy === "auto") {
      return { ...request, strategy: "exhaustive", runs: executions };
    }
    const runs = runsWith(executions, index, threads);
    return { ...request, shard: `${index + 1}/${threads}`, runs };
  });
}

/**
 * Of how many runs a part has so many executions: the one in which everything is as usual, which each part begins with,
 * and every `threads`-th after it.
 */
function runsWith(executions: number, index: number, threads: number): number {
  const first = index === 0 ? threads : index;
  return executions === 1 ? 1 : first + (executions - 2) * threads + 1;
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
  // What handlers print, in a thousand executions, nobody reads; but the last words of a thread that dies.
  const worker = new Worker(workerFile(), { workerData: request, stdout: true, stderr: true });
  worker.stdout.resume();
  const printed = endOf(worker.stderr);
  let isStopped = false;
  let thrown = "";
  const outcome = new Promise<ShardOutcome | undefined>((resolve) => {
    worker.on("message", ({ runs, outcome: came }: FromWorker) => {
      onRuns(runs);
      if (came === undefined) return;
      resolve(came);
      void worker.terminate();
    });
    worker.on("error", (error) => {
      const { name, message, stack } = asError(error);
      thrown = stack ?? `${name}: ${message}`;
    });
    worker.on("exit", (exitCode) => {
      resolve(isStopped ? undefined : printed.then((text) => died(exitCode, thrown, text)));
    });
  });
  const stop = (): void => {
    isStopped = true;
    void worker.terminate();
  };
  return { outcome, stop };
}

/** Code of users has ended the thread before it was done. */
function died(exitCode: number, thrown: string, printed: string): ShardOutcome {
  const why =
    thrown === ""
      ? `with exit code ${exitCode}. Code in it has called process.exit outside of a handler, as in a timer or a listener of a module`
      : "of an error that nobody has caught, in code outside of a handler";
  const details = [thrown, printed.trim()].filter((text) => text !== "");
  return {
    kind: "error",
    name: "ThreadDiedError",
    code: THREAD_DIED,
    message: [`A thread of the exploration has died ${why}.`, ...details].join("\n"),
  };
}

/** So much is told of what a thread has printed. */
const LAST_WORDS = 2000;

function endOf(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => (text = `${text}${chunk}`.slice(-LAST_WORDS)));
    stream.on("end", () => resolve(text));
  });
}
