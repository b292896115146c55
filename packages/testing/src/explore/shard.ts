import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";

/** A part of the runs: which one, counted from 0, of how many. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export const WHOLE: Shard = { index: 0, of: 1 };

/** Says which part a machine takes where no test does. */
const VARIABLE = "DURABLETEST_SHARD";

/**
 * Reads `"2/8"`.
 *
 * @throws InvalidArgumentError
 */
export function readShard(value: unknown, where: string): Shard {
  const [, index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(String(value)) ?? []).map(Number);
  if (index >= 1 && index <= of) return { index: index - 1, of };
  throw new InvalidArgumentError(
    `${where}: ${describeValue(value)} is no part of the runs. Say which of how many: "2/8".`,
  );
}

/**
 * The part that this machine takes. Not what the test framework was given as `--shard`: that divides files, so that
 * each exploration takes place on one machine only, which then has to do all of it.
 *
 * @throws InvalidArgumentError
 */
export function shardOfMachine(): Shard {
  const text = process.env[VARIABLE] ?? "";
  return text === "" ? WHOLE : readShard(text, `The environment variable ${VARIABLE}`);
}
