import { describeValue } from "../describe-value.ts";
import { InvalidArgumentError } from "../errors.ts";
import { nearMiss } from "./near-miss.ts";

/**
 * What the options of every operation may be. TypeScript knows it, too; JavaScript and casts do not, and an
 * option that is silently ignored is found out in production.
 */

/** What is allowed for an option; the text completes "<value> is …". */
export interface Allowed {
  readonly fits: (value: unknown) => boolean;
  readonly otherwise: string;
}

/** Every option of a config. */
export type Options<Config> = { readonly [Option in keyof Required<Config>]: Allowed };

/** Checked by whoever reads it: durations and names have errors of their own. */
export const checkedWhenRead: Allowed = { fits: () => true, otherwise: "" };

export const flag: Allowed = {
  fits: (value) => typeof value === "boolean",
  otherwise: "neither true nor false",
};

export function functionOf(signature: string): Allowed {
  return { fits: (value) => typeof value === "function", otherwise: `no function ${signature}` };
}

export function objectWith(...methods: readonly string[]): Allowed {
  return {
    fits: (value) =>
      typeof value === "object" &&
      value !== null &&
      methods.every((method) => typeof Reflect.get(value, method) === "function"),
    otherwise: `no object with the functions ${methods.join(", ")}`,
  };
}

export function oneOf(...values: readonly string[]): Allowed {
  return {
    fits: (value) => typeof value === "string" && values.includes(value),
    otherwise: `none of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
  };
}

export function wholeNumber(min: number): Allowed {
  return {
    fits: (value) => typeof value === "number" && Number.isInteger(value) && value >= min,
    otherwise: `no whole number of at least ${min}`,
  };
}

export const serdes: Allowed = objectWith("serialize", "deserialize");

export const text: Allowed = {
  fits: (value) => typeof value === "string" && value !== "",
  otherwise: "no text",
};

export const schema: Allowed = {
  fits(value) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
    const standard: unknown = Reflect.get(value, "~standard");
    return (
      typeof standard === "object" &&
      standard !== null &&
      typeof Reflect.get(standard, "validate") === "function"
    );
  },
  otherwise: "no Standard Schema (zod, valibot, arktype …)",
};

/**
 * A config as its operation may use it.
 *
 * @param where - what was called, for the message: `step "charge"`.
 * @throws InvalidArgumentError when an option is unknown, or is what it may not be.
 */
export function checkedConfig<Config extends object>(
  where: () => string,
  config: unknown,
  options: Options<Config>,
  required: readonly (keyof Config & string)[] = [],
): Config {
  if (config === undefined && required.length === 0) return {} as Config;
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new InvalidArgumentError(`${where()}: the config ${describeValue(config)} is no object.`);
  }
  for (const option of Object.keys(config)) {
    const value: unknown = Reflect.get(config, option);
    if (value === undefined || Object.hasOwn(options, option)) continue;
    const known = Object.keys(options);
    throw new InvalidArgumentError(
      `${where()}: there is no option ${JSON.stringify(option)}, which was given as ${describeValue(value)}. The options are ${known.join(", ")}.${nearMiss(option, known)}`,
    );
  }
  for (const option in options) {
    const value: unknown = Reflect.get(config, option);
    const { fits, otherwise } = options[option];
    if (value === undefined || fits(value)) continue;
    throw new InvalidArgumentError(
      `${where()}: ${option}: ${describeValue(value)} is ${otherwise}.`,
    );
  }
  for (const option of required) {
    if (Reflect.get(config, option) !== undefined) continue;
    throw new InvalidArgumentError(`${where()}: the option ${option} is missing.`);
  }
  return config as Config;
}
