import type { BatchConfig, CompletionConfig, MapConfig } from "./batch.ts";
import type {
  CallbackConfig,
  CallbackWaitConfig,
  ChildContextConfig,
  InvokeConfig,
  StepConfig,
  WaitForCallbackConfig,
  WaitForConditionConfig,
} from "./context.ts";
import { ServiceLimits } from "./protocol/limits.ts";
import type { RetryStrategyConfig } from "./retry.ts";
import type { WaitStrategyConfig } from "./wait-strategy.ts";
import { describeValue, InvalidArgumentError } from "./errors.ts";

/**
 * What the options of every operation may be. TypeScript knows it, too; JavaScript and casts do not, and an
 * option that is silently ignored is found out in production.
 */

/** What is allowed for an option; the text completes "<value> is …". */
interface Allowed {
  readonly fits: (value: unknown) => boolean;
  readonly otherwise: string;
}

/** Every option of a config. */
export type Options<Config> = { readonly [Option in keyof Required<Config>]: Allowed };

/** Checked by whoever reads it: durations and names have errors of their own. */
const checkedWhenRead: Allowed = { fits: () => true, otherwise: "" };

export const flag: Allowed = {
  fits: (value) => typeof value === "boolean",
  otherwise: "neither true nor false",
};

function functionOf(signature: string): Allowed {
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

function oneOf(...values: readonly string[]): Allowed {
  return {
    fits: (value) => typeof value === "string" && values.includes(value),
    otherwise: `none of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
  };
}

function wholeNumber(min: number): Allowed {
  return {
    fits: (value) => typeof value === "number" && Number.isInteger(value) && value >= min,
    otherwise: `no whole number of at least ${min}`,
  };
}

const retryStrategy = functionOf("(error, attempt) => { shouldRetry, delay? }");
export const serdes: Allowed = objectWith("serialize", "deserialize");

const text: Allowed = {
  fits: (value) => typeof value === "string" && value !== "",
  otherwise: "no text",
};

const schema: Allowed = {
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

export const stepOptions: Options<StepConfig<never>> = {
  retryStrategy,
  semantics: oneOf("AtLeastOncePerRetry", "AtMostOncePerRetry"),
  serdes,
};

export const callbackOptions: Options<CallbackConfig<never>> = {
  timeout: checkedWhenRead,
  heartbeatTimeout: checkedWhenRead,
  serdes,
  schema,
};

export const waitForCallbackOptions: Options<WaitForCallbackConfig<never>> = {
  ...callbackOptions,
  retryStrategy,
};

export const callbackWaitOptions: Options<CallbackWaitConfig> = {
  name: checkedWhenRead,
  timeout: checkedWhenRead,
};

export const childContextOptions: Options<ChildContextConfig<never>> = { serdes };

export const invokeOptions: Options<InvokeConfig<never, never>> = {
  name: checkedWhenRead,
  tenantId: text,
  payloadSerdes: serdes,
  resultSerdes: serdes,
};

export const waitForConditionOptions: Options<WaitForConditionConfig<never>> = {
  initialState: checkedWhenRead,
  waitStrategy: functionOf("(state, attempt) => { shouldContinue, delay? }"),
  serdes,
};

/** Who reads it checks it with {@link completionOptions}. */
export const batchOptions: Options<BatchConfig<never>> = {
  maxConcurrency: wholeNumber(1),
  completionConfig: checkedWhenRead,
  serdes,
  itemSerdes: serdes,
  nesting: oneOf("NESTED", "FLAT"),
  summaryGenerator: functionOf("(result) => text"),
};

export const mapOptions: Options<MapConfig<never, never>> = {
  ...batchOptions,
  itemNamer: functionOf("(item, index) => name"),
};

const completionOptions: Options<CompletionConfig> = {
  minSuccessful: wholeNumber(1),
  toleratedFailureCount: wholeNumber(0),
  toleratedFailurePercentage: {
    fits: (value) => typeof value === "number" && value >= 0 && value <= 100,
    otherwise: "no number from 0 to 100",
  },
  shouldComplete: functionOf("(status) => { complete, outcome? }"),
};

const backoffOptions: Options<
  Pick<RetryStrategyConfig, "maxAttempts" | "initialDelay" | "maxDelay" | "backoffRate" | "jitter">
> = {
  maxAttempts: wholeNumber(1),
  initialDelay: checkedWhenRead,
  maxDelay: checkedWhenRead,
  backoffRate: {
    fits: (value) => typeof value === "number" && Number.isFinite(value) && value >= 1,
    otherwise: "no number of at least 1",
  },
  jitter: oneOf("FULL", "HALF", "NONE"),
};

export const retryStrategyOptions: Options<RetryStrategyConfig> = backoffOptions;

export const waitStrategyOptions: Options<WaitStrategyConfig<never>> = {
  shouldContinuePolling: functionOf("(state) => boolean"),
  ...backoffOptions,
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
    throw new InvalidArgumentError(
      `${where()}: there is no option ${JSON.stringify(option)}, which was given as ${describeValue(value)}. The options are ${Object.keys(options).join(", ")}.`,
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

/** The settings of a batch, those for its completion included. */
export function checkedBatchConfig<Config extends Pick<BatchConfig<never>, "completionConfig">>(
  where: () => string,
  config: unknown,
  options: Options<Config>,
): Config {
  const checked = checkedConfig(where, config, options);
  const completion = checkedConfig<CompletionConfig>(
    () => `${where()}: completionConfig`,
    checked.completionConfig,
    completionOptions,
  );
  const { shouldComplete, ...thresholds } = completion;
  const other = Object.entries(thresholds).find(([, value]) => value !== undefined);
  if (shouldComplete !== undefined && other !== undefined) {
    throw new InvalidArgumentError(
      `${where()}: completionConfig: shouldComplete decides alone; ${other[0]} cannot be given as well.`,
    );
  }
  return checked;
}

/** @throws InvalidArgumentError for what is no name of an operation. */
export function checkedName(where: string, name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name === "string" && name.length > 0 && name.length <= ServiceLimits.nameLength) {
    return name;
  }
  throw new InvalidArgumentError(
    `${where}: the name ${describeValue(name)} is no text of 1 to ${ServiceLimits.nameLength} characters.`,
  );
}
