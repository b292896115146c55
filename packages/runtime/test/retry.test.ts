import { createContext, Script } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import {
  createLinearRetryStrategy,
  createRetryStrategy,
  InvalidArgumentError,
  InvalidDurationError,
  retryPresets,
  type RetryStrategy,
  StepError,
} from "../src/index.ts";
import { errorFromObject, errorToObject } from "../src/protocol.ts";

const failure = new Error("x");

/** Delays in seconds, until it gives up. */
const delays = (strategy: RetryStrategy, attempts = 10): unknown[] => {
  const seconds: unknown[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const decision = strategy(failure, attempt);
    if (!decision.shouldRetry) break;
    expect(Object.keys(decision.delay ?? {})).toEqual(["seconds"]);
    seconds.push(Object.values(decision.delay ?? {})[0]);
  }
  return seconds;
};

const withRandom = <T>(random: number, act: () => T): T => {
  const spy = vi.spyOn(Math, "random").mockReturnValue(random);
  try {
    return act();
  } finally {
    spy.mockRestore();
  }
};

describe("createRetryStrategy", () => {
  test("makes three attempts by default: after 5 s, then twice that, with full jitter", () => {
    expect(delays(createRetryStrategy({ jitter: "NONE" }))).toEqual([5, 10]);
    expect(withRandom(0.5, () => delays(createRetryStrategy()))).toEqual([3, 5]);
  });

  test("waits at most five minutes by default", () => {
    const patient = createRetryStrategy({ maxAttempts: 9, jitter: "NONE" });
    expect(delays(patient)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  test.for([
    { config: { maxAttempts: 1 }, wanted: [] },
    { config: { maxAttempts: 4 }, wanted: [5, 10, 20] },
    {
      config: { initialDelay: { minutes: 1 }, maxDelay: { hours: 1 }, maxAttempts: 4 },
      wanted: [60, 120, 240],
    },
    { config: { backoffRate: 1, maxAttempts: 4 }, wanted: [5, 5, 5] },
    { config: { backoffRate: 1.5, maxAttempts: 4 }, wanted: [5, 8, 11] },
    { config: { maxDelay: { seconds: 7 }, maxAttempts: 4 }, wanted: [5, 7, 7] },
    { config: { maxDelay: { seconds: 3 } }, wanted: [3, 3] },
    { config: { initialDelay: { seconds: 0 }, maxAttempts: 4 }, wanted: [1, 1, 1] },
  ])("follows $config, in whole seconds, at least one", ({ config, wanted }) => {
    expect(delays(createRetryStrategy({ ...config, jitter: "NONE" }))).toEqual(wanted);
  });

  test("takes every setting as optional", () => {
    const undefinedAll = createRetryStrategy({
      maxAttempts: undefined,
      initialDelay: undefined,
      maxDelay: undefined,
      backoffRate: undefined,
      jitter: undefined,
      retryableErrors: undefined,
      retryableErrorTypes: undefined,
    });
    expect(delays(undefinedAll)).toHaveLength(2);
    expect(delays(createRetryStrategy())).toHaveLength(2);
  });

  test.for([
    { jitter: "FULL", random: 0, wanted: [1, 1] },
    { jitter: "FULL", random: 0.5, wanted: [3, 5] },
    { jitter: "HALF", random: 0, wanted: [3, 5] },
    { jitter: "HALF", random: 0.5, wanted: [4, 8] },
    { jitter: "NONE", random: 0.5, wanted: [5, 10] },
  ] as const)(
    "with $jitter jitter draws from Math.random: $random",
    ({ jitter, random, wanted }) => {
      expect(withRandom(random, () => delays(createRetryStrategy({ jitter })))).toEqual(wanted);
    },
  );

  test("stays finite however often it is asked", () => {
    const patient = createRetryStrategy({ maxAttempts: 1e6, backoffRate: 1e200, jitter: "NONE" });
    expect(delays(patient, 5)).toEqual([5, 300, 300, 300, 300]);
    const impatient = createRetryStrategy({
      maxAttempts: 1e6,
      initialDelay: { seconds: 0 },
      backoffRate: 1e200,
      jitter: "NONE",
    });
    expect(delays(impatient, 5)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("createLinearRetryStrategy", () => {
  test("makes six attempts by default, each delay a second longer, with full jitter", () => {
    expect(delays(createLinearRetryStrategy({ jitter: "NONE" }))).toEqual([1, 2, 3, 4, 5]);
    expect(withRandom(0.5, () => delays(createLinearRetryStrategy()))).toEqual([1, 1, 2, 2, 3]);
  });

  test.for([
    { config: { maxAttempts: 3 }, wanted: [1, 2] },
    {
      config: { initialDelay: { seconds: 10 }, increment: { seconds: 20 }, maxAttempts: 4 },
      wanted: [10, 30, 50],
    },
    {
      config: {
        initialDelay: { seconds: 10 },
        increment: { minutes: 1 },
        maxDelay: { minutes: 1 },
      },
      wanted: [10, 60, 60, 60, 60],
    },
    { config: { increment: { seconds: 0 }, maxAttempts: 4 }, wanted: [1, 1, 1] },
    { config: { increment: { minutes: 4 }, maxAttempts: 4 }, wanted: [1, 241, 300] },
  ])("follows $config", ({ config, wanted }) => {
    expect(delays(createLinearRetryStrategy({ ...config, jitter: "NONE" }))).toEqual(wanted);
  });

  test("has no rate", () => {
    expect(() => createLinearRetryStrategy({ backoffRate: 2 } as never)).toThrow(
      'createLinearRetryStrategy: there is no option "backoffRate"',
    );
  });
});

describe("retryPresets", () => {
  test("default is what a step uses: six attempts, at most 60 s apart, with full jitter", () => {
    expect(withRandom(0.999_999, () => delays(retryPresets.default))).toEqual([5, 10, 20, 40, 60]);
    expect(withRandom(0, () => delays(retryPresets.default))).toEqual([1, 1, 1, 1, 1]);
  });

  test("linear waits 1, 2, 3, 4 and 5 s", () => {
    expect(delays(retryPresets.linear)).toEqual([1, 2, 3, 4, 5]);
  });

  test("noRetry never tries again", () => {
    expect(delays(retryPresets.noRetry)).toEqual([]);
  });
});

class Timeout extends Error {
  override readonly name: string = "Timeout";
}
class ReadTimeout extends Timeout {
  override readonly name = "ReadTimeout";
}

describe.for([
  { maker: "createRetryStrategy", make: createRetryStrategy },
  { maker: "createLinearRetryStrategy", make: createLinearRetryStrategy },
])("the filters of $maker", ({ make }) => {
  const retries = (config: Parameters<typeof createRetryStrategy>[0], error: Error): boolean =>
    make(config)(error, 1).shouldRetry;

  test("let every error through unless there are any", () => {
    expect(retries({}, new Error("whatever"))).toBe(true);
    expect(retries({ retryableErrors: [] }, new Error("whatever"))).toBe(false);
    expect(retries({ retryableErrorTypes: [] }, new Error("whatever"))).toBe(false);
  });

  test("by text look for a part of the message", () => {
    const config = { retryableErrors: ["rate limit", "429"] };
    expect(retries(config, new Error("429: rate exceeded"))).toBe(true);
    expect(retries(config, new Error("hit the rate limit"))).toBe(true);
    expect(retries(config, new Error("Rate Limit"))).toBe(false);
  });

  test("by expression match the message, the same however often they are asked", () => {
    const strategy = make({ maxAttempts: 9, retryableErrors: [/timed? ?out/gi, /^exactly$/y] });
    for (let attempt = 1; attempt < 5; attempt += 1) {
      expect(strategy(new Error("request timeout"), attempt).shouldRetry).toBe(true);
      expect(strategy(new Error("exactly"), attempt).shouldRetry).toBe(true);
      expect(strategy(new Error("not exactly"), attempt).shouldRetry).toBe(false);
    }
  });

  test("by class take its instances, and those of classes below it", () => {
    const config = { retryableErrorTypes: [Timeout, RangeError] };
    expect(retries(config, new ReadTimeout("x"))).toBe(true);
    expect(retries(config, new RangeError("x"))).toBe(true);
    expect(retries(config, new TypeError("x"))).toBe(false);
    expect(retries({ retryableErrorTypes: [Error] }, new TypeError("x"))).toBe(true);
  });

  test("by class know an error that was recorded, one of another realm, and a StepError's cause", () => {
    const config = { retryableErrorTypes: [Timeout, RangeError] };
    const recorded = errorFromObject(errorToObject(new Timeout("x")));
    expect(recorded).not.toBeInstanceOf(Timeout);
    expect(retries(config, recorded)).toBe(true);
    expect(retries(config, new StepError("s", {}, { cause: recorded }))).toBe(true);
    expect(retries(config, new StepError("s", {}, { cause: new TypeError("x") }))).toBe(false);
    const foreign = new Script("new RangeError('x')").runInContext(createContext()) as Error;
    expect(foreign).not.toBeInstanceOf(RangeError);
    expect(retries(config, foreign)).toBe(true);
  });

  test("by class look at no cause of an error of the user's own, and at none that goes round", () => {
    const wrapped = new Error("wrapped", { cause: new Timeout("x") });
    expect(retries({ retryableErrorTypes: [Timeout] }, wrapped)).toBe(false);
    const round = new StepError("s", {});
    round.cause = new StepError("t", {}, { cause: round });
    expect(retries({ retryableErrorTypes: [Timeout] }, round)).toBe(false);
  });

  test("need one of the two to match", () => {
    const config = { retryableErrors: ["busy"], retryableErrorTypes: [Timeout] };
    expect(retries(config, new Error("busy"))).toBe(true);
    expect(retries(config, new Timeout("slow"))).toBe(true);
    expect(retries(config, new Error("broken"))).toBe(false);
  });

  test("do not mind a message that cannot be read", () => {
    const error = Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("not to be read");
      },
    });
    expect(retries({ retryableErrors: ["x"] }, error)).toBe(false);
  });
});

describe.for([createRetryStrategy, createLinearRetryStrategy])("%o", (make) => {
  test.for([
    { maxAttempts: 0 },
    { maxAttempts: -1 },
    { maxAttempts: 2.5 },
    { maxAttempts: Number.NaN },
    { maxAttempts: Number.POSITIVE_INFINITY },
    { maxAttempts: null },
    { jitter: "full" },
    { jitter: null },
    { retryableErrors: "timeout" },
    { retryableErrors: [""] },
    { retryableErrors: [Timeout] },
    { retryableErrorTypes: Timeout },
    { retryableErrorTypes: ["Timeout"] },
    { retryableErrorTypes: [new Timeout("x")] },
    { retryableErrorTypes: [() => new Timeout("x")] },
  ])("refuses $0", (config) => {
    expect(() => make(config as never)).toThrow(InvalidArgumentError);
    expect(() => make(config as never)).toThrow(Object.keys(config)[0] ?? "");
  });

  test.for([
    { initialDelay: { seconds: -1 } },
    { initialDelay: { seconds: 0.5 } },
    { initialDelay: { days: 366, seconds: 1 } },
    { maxDelay: {} },
    { maxDelay: "1 minute" },
    { maxDelay: { days: 367 } },
  ])("refuses the delay $0", (config) => {
    expect(() => make(config as never)).toThrow(InvalidDurationError);
    expect(() => make(config as never)).toThrow(Object.keys(config)[0] ?? "");
  });
});

test.for([
  { backoffRate: 0 },
  { backoffRate: 0.99 },
  { backoffRate: Number.POSITIVE_INFINITY },
  { backoffRate: "2" },
])("createRetryStrategy refuses $0", (config) => {
  expect(() => createRetryStrategy(config as never)).toThrow(InvalidArgumentError);
});

test("createLinearRetryStrategy refuses an increment that is no duration", () => {
  expect(() => createLinearRetryStrategy({ increment: { seconds: 0.5 } })).toThrow(
    InvalidDurationError,
  );
});
