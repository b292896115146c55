import { describe, expect, test, vi } from "vitest";
import { createRetryStrategy, InvalidArgumentError, InvalidDurationError } from "../src/index.ts";

const failure = new Error("x");

/** Delays in seconds, until it gives up. */
const delays = (strategy: ReturnType<typeof createRetryStrategy>, attempts = 10): number[] => {
  const seconds: number[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const decision = strategy(failure, attempt);
    if (!decision.shouldRetry) break;
    const { milliseconds } = decision.delay as { readonly milliseconds: number };
    seconds.push(milliseconds / 1000);
  }
  return seconds;
};

describe("createRetryStrategy", () => {
  test("makes six attempts by default: 5 s, doubled, at most 60 s", () => {
    expect(delays(createRetryStrategy({ jitter: "NONE" }))).toEqual([5, 10, 20, 40, 60]);
  });

  test.for([
    { config: { maxAttempts: 1 }, wanted: [] },
    { config: { maxAttempts: 3 }, wanted: [5, 10] },
    {
      config: { initialDelay: { minutes: 1 }, maxDelay: { hours: 1 }, maxAttempts: 4 },
      wanted: [60, 120, 240],
    },
    { config: { backoffRate: 1, maxAttempts: 4 }, wanted: [5, 5, 5] },
    { config: { backoffRate: 1.5, maxAttempts: 4 }, wanted: [5, 7.5, 11.25] },
    { config: { maxDelay: { seconds: 7 }, maxAttempts: 4 }, wanted: [5, 7, 7] },
    { config: { initialDelay: { seconds: 0 }, maxAttempts: 4 }, wanted: [0, 0, 0] },
  ])("follows $config", ({ config, wanted }) => {
    expect(delays(createRetryStrategy({ ...config, jitter: "NONE" }))).toEqual(wanted);
  });

  test("takes every setting as optional", () => {
    const undefinedAll = createRetryStrategy({
      maxAttempts: undefined,
      initialDelay: undefined,
      maxDelay: undefined,
      backoffRate: undefined,
      jitter: undefined,
    });
    expect(delays(undefinedAll)).toHaveLength(5);
    expect(delays(createRetryStrategy())).toHaveLength(5);
  });

  test.for([
    { jitter: "FULL", random: 0, wanted: [0, 0] },
    { jitter: "FULL", random: 0.5, wanted: [2.5, 5] },
    { jitter: "HALF", random: 0, wanted: [2.5, 5] },
    { jitter: "HALF", random: 0.5, wanted: [3.75, 7.5] },
    { jitter: "NONE", random: 0.5, wanted: [5, 10] },
  ] as const)(
    "with $jitter jitter draws from Math.random: $random",
    ({ jitter, random, wanted }) => {
      const spy = vi.spyOn(Math, "random").mockReturnValue(random);
      try {
        expect(delays(createRetryStrategy({ jitter, maxAttempts: 3 }))).toEqual(wanted);
      } finally {
        spy.mockRestore();
      }
    },
  );

  test("stays finite however often it is asked", () => {
    const patient = createRetryStrategy({ maxAttempts: 1e6, backoffRate: 1e200, jitter: "NONE" });
    expect(delays(patient, 5)).toEqual([5, 60, 60, 60, 60]);
    const impatient = createRetryStrategy({
      maxAttempts: 1e6,
      initialDelay: { seconds: 0 },
      backoffRate: 1e200,
      jitter: "NONE",
    });
    expect(delays(impatient, 5)).toEqual([0, 0, 0, 0, 0]);
  });

  test.for([
    { maxAttempts: 0 },
    { maxAttempts: -1 },
    { maxAttempts: 2.5 },
    { maxAttempts: Number.NaN },
    { maxAttempts: Number.POSITIVE_INFINITY },
    { maxAttempts: null },
    { backoffRate: 0 },
    { backoffRate: 0.99 },
    { backoffRate: Number.POSITIVE_INFINITY },
    { backoffRate: "2" },
    { jitter: "full" },
    { jitter: null },
  ])("refuses $0", (config) => {
    expect(() => createRetryStrategy(config as never)).toThrow(InvalidArgumentError);
    expect(() => createRetryStrategy(config as never)).toThrow(Object.keys(config)[0] ?? "");
  });

  test.for([
    { initialDelay: { seconds: -1 } },
    { initialDelay: { seconds: 0.5 } },
    { maxDelay: {} },
    { maxDelay: "1 minute" },
  ])("refuses the delay $0", (config) => {
    expect(() => createRetryStrategy(config as never)).toThrow(InvalidDurationError);
    expect(() => createRetryStrategy(config as never)).toThrow(Object.keys(config)[0] ?? "");
  });
});
