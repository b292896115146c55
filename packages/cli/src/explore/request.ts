import type { Answers } from "../input/answers.ts";

/** How possibilities are chosen: see `explore`. */
export const STRATEGIES = ["auto", "random", "pct", "exhaustive"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What is explored, as plain data: it is sent to other threads. */
export interface ExploreRequest {
  readonly module: string;
  readonly exportName: string | undefined;
  readonly cwd: string;
  readonly input: unknown;
  readonly callbacks: Answers;
  readonly steps: Answers;
  /** Modules of functions that are invoked, by their names. */
  readonly functions: ReadonlyMap<string, string>;
  readonly crashes: number | undefined;
  readonly runs: number;
  readonly seed: number | undefined;
  readonly strategy: Strategy;
  readonly schedule: string | undefined;
  /** Which part of it: `"2/8"`. */
  readonly shard: string | undefined;
}
