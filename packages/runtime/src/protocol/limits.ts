/** Limits of a durable execution service. */
export interface ServiceLimits {
  /** Bytes of an operation's payload, and of a callback's result. */
  readonly payloadBytes: number;
  /** Bytes of an error in an update. */
  readonly errorBytes: number;
  /** Updates in one checkpoint. */
  readonly batchUpdates: number;
  /** Bytes of one checkpoint. */
  readonly batchBytes: number;
  /** Bytes of an invocation's answer; a larger result is checkpointed instead. */
  readonly responseBytes: number;
  /** Seconds: the longest timeout of a callback. */
  readonly durationSeconds: number;
  /** Seconds: the longest wait, and the longest delay between two attempts; 366 days. */
  readonly waitSeconds: number;
  /** Characters of an operation's name. */
  readonly nameLength: number;
}

/** The limits of AWS Lambda. */
export const ServiceLimits: ServiceLimits = {
  payloadBytes: 262_144,
  errorBytes: 32_768,
  batchUpdates: 250,
  batchBytes: 768_000,
  responseBytes: 6_291_456,
  durationSeconds: 99_999_999,
  waitSeconds: 31_622_400,
  nameLength: 256,
};
