import { InvalidArgumentError } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import { toJson } from "../service/payload.ts";
import { type Random, randomOf } from "./random.ts";

/** One input of an execution. */
export interface MadeInput {
  /** As JSON. */
  readonly text: string | undefined;
  /** Simpler ones, the simplest first. */
  simpler(): Iterable<MadeInput>;
}

/** The inputs of the executions of an exploration. */
export interface Inputs {
  /** Of all executions that are compared with each other. */
  readonly first: MadeInput;
  readonly of: (run: number) => MadeInput;
  /** There is only one. */
  readonly areAlike: boolean;
}

/** An arbitrary of fast-check. */
interface Arbitrary {
  generate(random: unknown, bias: undefined): GeneratedValue;
  shrink(value: unknown, context: unknown): Iterable<GeneratedValue>;
}

interface GeneratedValue {
  readonly value: unknown;
  readonly value_?: unknown;
  readonly context?: unknown;
}

/**
 * Makes the inputs of executions.
 *
 * @param input - what a test gave: a value, a function of chance, or an arbitrary of fast-check.
 */
export function inputsOf(input: unknown, seed: number): Inputs {
  const make = makerOf(input, seed);
  if (make === undefined) {
    const only = fixed(input);
    return { first: only, of: () => only, areAlike: true };
  }
  return { first: make(0), of: make, areAlike: false };
}

function makerOf(input: unknown, seed: number): ((run: number) => MadeInput) | undefined {
  if (isArbitrary(input)) return (run) => generated(input, randomOf(seed, -run - 1));
  if (typeof input !== "function") return undefined;
  return (run) =>
    fixed(made(() => Reflect.apply(input, undefined, [randomOf(seed, -run - 1)]) as unknown));
}

function fixed(value: unknown): MadeInput {
  return { text: toJson(value, "The input of explore"), simpler: () => [] };
}

function generated(arbitrary: Arbitrary, random: Random): MadeInput {
  const inputOf = (value: GeneratedValue): MadeInput => ({
    text: toJson(value.value, "The input of explore"),
    simpler: () => simplerThan(value),
  });
  const inputIfJson = (value: GeneratedValue): MadeInput | undefined => {
    try {
      return inputOf(value);
    } catch {
      return undefined;
    }
  };
  // What has been found is not given up because nothing simpler can be made.
  function* simplerThan({ value, value_ = value, context }: GeneratedValue): Iterable<MadeInput> {
    try {
      for (const each of arbitrary.shrink(value_, context)) {
        const simpler = inputIfJson(each);
        if (simpler !== undefined) yield simpler;
      }
    } catch {
      // There is none, then.
    }
  }
  return inputOf(made(() => arbitrary.generate(chanceFor(random), undefined)));
}

/** @throws InvalidArgumentError */
function made<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (thrown) {
    const cause = asError(thrown);
    throw new InvalidArgumentError(`input: it could not be made: ${cause.message}`, { cause });
  }
}

/** Chance, as fast-check asks for it. */
function chanceFor(random: Random): object {
  const bigInt = (least: bigint, most: bigint): bigint => {
    const range = most - least + 1n;
    let value = 0n;
    for (let bits = 0n; 1n << bits < range * 256n; bits += 32n) {
      value = (value << 32n) | BigInt(random.integer(0, 0xffffffff));
    }
    return least + (value % range);
  };
  const chance = {
    clone: () => chance,
    next: (bits: number) => random.integer(0, 2 ** bits - 1),
    nextBoolean: () => random.chance(0.5),
    nextInt: (least = -0x80000000, most = 0x7fffffff) => random.integer(least, most),
    nextBigInt: bigInt,
    nextDouble: () => random.next(),
    getState: () => undefined,
  };
  return chance;
}

function isArbitrary(value: unknown): value is Arbitrary {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "generate") === "function" &&
    typeof Reflect.get(value, "shrink") === "function"
  );
}
