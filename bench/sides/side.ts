/**
 * What all sides have in common: they run in a process of their own, are told how much to repeat, and
 * send back one message.
 */
import { deepStrictEqual } from "node:assert/strict";
import type { Effort } from "../measure.ts";

/** Whether the bench was started with `--quick`. */
export const quick: boolean = process.argv.includes("--quick");

/** For what takes milliseconds at the most. */
export const manyRuns: Effort = quick
  ? { warmUpMs: 500, samplingMs: 300, samples: 15 }
  : { warmUpMs: 1500, samplingMs: 2000, samples: 31 };

/** For what takes up to seconds. */
export const fewRuns: Effort = quick
  ? { warmUpMs: 0, samplingMs: 0, samples: 3 }
  : { warmUpMs: 1000, samplingMs: 3000, samples: 5 };

/** Hands the figures of a side to the process that started it, and lets this one end. */
export function report(figures: unknown): void {
  if (process.send === undefined) {
    // Started by hand, for a profile.
    console.log(JSON.stringify(figures, undefined, 2));
    return;
  }
  process.send(figures, () => process.disconnect?.());
}

/** What is timed must be right, too: a fast wrong answer is no figure. */
export async function mustReturn(call: () => Promise<unknown>, expected: unknown): Promise<void> {
  deepStrictEqual(await call(), expected);
}
