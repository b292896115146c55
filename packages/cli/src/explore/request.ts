import type { ErrorObject } from "@durabletest/testing";

/** How possibilities are chosen: see `explore`. */
export const STRATEGIES = ["auto", "random", "pct", "exhaustive"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What one may do in the place of a callback's answer, or a step's function. */
export type Answer =
  | { readonly kind: "success"; readonly value: unknown }
  | { readonly kind: "failure"; readonly error: ErrorObject };

/** By name: what usually happens first. */
export type Answers = readonly (readonly [name: string, answers: readonly Answer[]])[];

/** What is explored, as plain data: it is sent to other threads. */
export interface ExploreRequest {
  readonly module: string;
  readonly exportName: string | undefined;
  readonly cwd: string;
  readonly input: unknown;
  readonly callbacks: Answers;
  readonly steps: Answers;
  readonly crashes: number | undefined;
  readonly runs: number;
  readonly seed: number | undefined;
  readonly strategy: Strategy;
  readonly schedule: string | undefined;
  /** Which part of it: `"2/8"`. */
  readonly shard: string | undefined;
}
