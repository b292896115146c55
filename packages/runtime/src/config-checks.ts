import type { BatchConfig, CompletionConfig, MapConfig } from "./batch.ts";
import type { CallbackConfig, CallbackWaitConfig, WaitForCallbackConfig } from "./callback.ts";
import type {
  ChildContextConfig,
  InvokeConfig,
  StepConfig,
  WaitForConditionConfig,
} from "./config.ts";
import { InvalidArgumentError } from "./errors.ts";
import { OperationSubType } from "./protocol/operation.ts";
import {
  type Allowed,
  checkedConfig,
  checkedWhenRead,
  functionOf,
  oneOf,
  type Options,
  schema,
  serdes,
  text,
  wholeNumber,
} from "./check/config.ts";

/** The options of every operation. */

export const retryStrategy: Allowed = functionOf("(error, attempt) => { shouldRetry, delay? }");

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

/** The service's, and none that another operation is known by. */
const subType: Allowed = {
  fits: (value) =>
    typeof value === "string" &&
    /^[A-Za-z_-]{1,32}$/.test(value) &&
    (value === OperationSubType.RUN_IN_CHILD_CONTEXT || !OTHER_SUBTYPES.includes(value)),
  otherwise: "no text of 1 to 32 letters, - and _ that no other operation is known by",
};
const OTHER_SUBTYPES: readonly string[] = Object.values(OperationSubType);

const nesting = oneOf("NESTED", "FLAT");

export const childContextOptions: Options<ChildContextConfig<never>> = {
  serdes,
  subType,
  errorMapper: functionOf("(error) => Error"),
  summaryGenerator: functionOf("(result) => text"),
  nesting,
};

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
  nesting,
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
