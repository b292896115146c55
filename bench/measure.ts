/**
 * How a time is taken: warm, as a median over samples.
 *
 * The clock is taken when this file is loaded, before AWS's runner puts fake timers in its place.
 */
const { hrtime } = process;

/** How much is repeated. Every limit is a minimum. */
export interface Effort {
  /** Milliseconds of calls before the first sample, at least one call. */
  readonly warmUpMs: number;
  /** Milliseconds of samples. */
  readonly samplingMs: number;
  readonly samples: number;
}

/** A time per call, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly samples: number;
}

/** Short calls are timed in batches of about this long, so that the clock does not count. */
const BATCH_MS = 2;

/** Times `call`, one after the other. */
export async function time(call: () => Promise<unknown>, effort: Effort): Promise<Timing> {
  const batch = await warmUp(call, effort.warmUpMs);
  const samples: number[] = [];
  const begun = nowMs();
  while (samples.length < effort.samples || nowMs() - begun < effort.samplingMs) {
    const start = nowMs();
    for (let calls = 0; calls < batch; calls += 1) await call();
    samples.push((nowMs() - start) / batch);
  }
  return summary(samples);
}

/**
 * How many things are done in a second, as a median of rounds.
 *
 * @param round - does that many; numbered from 1, after one to warm up.
 */
export async function perSecond(
  things: number,
  rounds: number,
  round: (number: number) => Promise<unknown>,
): Promise<number> {
  const rates: number[] = [];
  for (let number = 0; number <= rounds; number += 1) {
    const begun = nowMs();
    await round(number);
    if (number > 0) rates.push((things / (nowMs() - begun)) * 1000);
  }
  return summary(rates).median;
}

/** Median and quartiles of samples, in the unit of the samples. */
export function summary(samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    samples: sorted.length,
  };
}

/** Runs for a while; returns how many calls make a batch. */
async function warmUp(call: () => Promise<unknown>, forMs: number): Promise<number> {
  const begun = nowMs();
  let last = begun;
  let callMs = 0;
  do {
    await call();
    const now = nowMs();
    callMs = now - last;
    last = now;
  } while (last - begun < forMs);
  return Math.max(1, Math.round(BATCH_MS / callMs));
}

function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

function nowMs(): number {
  return Number(hrtime.bigint()) / 1e6;
}
