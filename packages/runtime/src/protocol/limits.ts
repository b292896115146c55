/** Limits of the durable execution service, as AWS Lambda enforces them. */
export const ServiceLimits = {
  /** Bytes of an operation's payload, and of a callback's result. */
  payloadBytes: 262_144,
  /** Bytes of an error in an update. */
  errorBytes: 32_768,
  /** Updates in one checkpoint. */
  batchUpdates: 250,
  /** Bytes of one checkpoint. */
  batchBytes: 750_000,
  /** Bytes of an invocation's answer; a larger result is checkpointed instead. */
  responseBytes: 6_291_456,
  /** Seconds: the longest duration an operation may ask for. */
  durationSeconds: 99_999_999,
  /** Characters of an operation's name. */
  nameLength: 256,
} as const;
