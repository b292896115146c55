import * as sdk11 from "@aws/durable-execution-sdk-js-1.1.7";
import * as sdk20 from "@aws/durable-execution-sdk-js-2.0.0";
import * as sdk22 from "@aws/durable-execution-sdk-js-2.2.0";
import * as sdk24 from "@aws/durable-execution-sdk-js";
import type { Duration, MapConfig, RetryDecision } from "@aws/durable-execution-sdk-js";

/**
 * AWS's SDK, by the declarations of its newest version. An older one may lack an export, or a setting.
 */
export type Sdk = typeof sdk24;

/** The versions that the harness is held to. */
export const VERSIONS = ["1.1.7", "2.0.0", "2.2.0", "2.4.0"] as const;
export type Version = (typeof VERSIONS)[number];

/** The version that the others are compared with. */
export const NEWEST = "2.4.0";

export const sdks: Readonly<Record<Version, Sdk>> = {
  "1.1.7": sdk11 as unknown as Sdk,
  "2.0.0": sdk20 as unknown as Sdk,
  "2.2.0": sdk22 as unknown as Sdk,
  "2.4.0": sdk24,
};

/** What a batch of any kind may be told. */
export type BatchConfig = Pick<
  MapConfig<number, unknown>,
  "maxConcurrency" | "completionConfig" | "nesting"
>;

/** What a callback, with a submitter or without, may be told. */
export interface CallbackConfig {
  readonly timeout?: Duration;
  readonly heartbeatTimeout?: Duration;
  readonly retryStrategy?: (error: Error, attempt: number) => RetryDecision;
}
