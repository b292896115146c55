import { parentPort, workerData } from "node:worker_threads";
import { processIo } from "../io.ts";
import { exploreShard } from "./explore-shard.ts";
import type { ExploreRequest } from "./request.ts";
import type { FromWorker } from "./shards.ts";

/** One of several threads, each with a part of an exploration. */

/** So many executions are told of at once: each by itself would cost more than it does. */
const TOLD_AT_ONCE = 20;

const tell = (message: FromWorker): void => parentPort?.postMessage(message, []);

let untold = 0;
const outcome = await exploreShard(workerData as ExploreRequest, {
  sleep: processIo().sleep,
  onRun: () => {
    untold += 1;
    if (untold < TOLD_AT_ONCE) return;
    tell({ runs: untold });
    untold = 0;
  },
});
tell({ runs: untold, outcome });
