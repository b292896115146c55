import { describe, expect, test } from "vitest";
import { Duration, InvalidDurationError, withDurableExecution } from "../src/index.ts";
import { durationToMilliseconds } from "../src/protocol.ts";
import { FakeService, invoke } from "./support/fake-service.ts";

/** What a `Temporal.Duration` looks like, for runtimes that have none. */
class TemporalDuration {
  readonly years: number = 0;
  readonly months: number = 0;
  readonly weeks: number = 0;
  readonly days: number = 0;
  readonly hours: number = 0;
  readonly minutes: number = 0;
  readonly seconds: number = 0;
  readonly milliseconds: number = 0;
  readonly microseconds: number = 0;
  readonly nanoseconds: number = 0;

  constructor(units: Partial<Omit<TemporalDuration, typeof Symbol.toStringTag>>) {
    Object.assign(this, units);
  }

  get [Symbol.toStringTag](): "Temporal.Duration" {
    return "Temporal.Duration";
  }
}

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("It threw nothing.");
};

describe("the helpers of the guide", () => {
  test("make plain durations", () => {
    expect(Duration.fromSeconds(60)).toEqual({ seconds: 60 });
    expect(Duration.fromMinutes(5)).toEqual({ minutes: 5 });
    expect(Duration.fromHours(2)).toEqual({ hours: 2 });
    expect(Duration.fromDays(1)).toEqual({ days: 1 });
    expect(Duration.fromSeconds(0)).toEqual({ seconds: 0 });
  });

  test.for(["fromSeconds", "fromMinutes", "fromHours", "fromDays"] as const)(
    "refuse what cannot be right, by their own name: %s",
    (helper) => {
      for (const amount of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12, "5", undefined]) {
        const error = thrownBy(() => Duration[helper](amount as never));
        expect(InvalidDurationError.is(error)).toBe(true);
        expect(error).toMatchObject({ option: `Duration.${helper}` });
      }
    },
  );
});

describe("a duration", () => {
  test.for([
    { duration: { days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, ms: 90_061_001 },
    { duration: { seconds: 5, minutes: undefined }, ms: 5000 },
    { duration: { seconds: 0 }, ms: 0 },
    { duration: { seconds: -0 }, ms: 0 },
    { duration: { seconds: 90 }, ms: 90_000 },
    { duration: { seconds: 99_999_999 }, ms: 99_999_999_000 },
    { duration: Object.freeze({ minutes: 1 }), ms: 60_000 },
    { duration: Object.assign(Object.create(null) as object, { minutes: 1 }), ms: 60_000 },
  ])("of $duration is $ms ms", ({ duration, ms }) => {
    expect(durationToMilliseconds(duration, "test") === ms).toBe(true);
  });

  test("may be a Temporal.Duration", () => {
    expect(
      durationToMilliseconds(
        new TemporalDuration({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }),
        "test",
      ),
    ).toBe(93_784_005);
    expect(
      durationToMilliseconds(
        new TemporalDuration({ microseconds: 1000, nanoseconds: 1_000_000 }),
        "test",
      ),
    ).toBe(2);
    expect(durationToMilliseconds(new TemporalDuration({}), "test")).toBe(0);
  });

  test("may be a Temporal.Duration with mixed signs that comes out positive", () => {
    // Temporal itself makes none; what counts is the sum.
    expect(durationToMilliseconds(new TemporalDuration({ hours: 1, minutes: -30 }), "test")).toBe(
      1_800_000,
    );
  });

  test.for([
    { units: { years: 1 }, says: "years, months or weeks" },
    { units: { months: 1 }, says: "years, months or weeks" },
    { units: { weeks: 1 }, says: "years, months or weeks" },
    { units: { hours: -1 }, says: "is negative" },
    { units: { microseconds: 1 }, says: "no whole number of milliseconds" },
    { units: { days: 10_000 }, says: "longer than" },
  ])("may be no Temporal.Duration of $units", ({ units, says }) => {
    const error = thrownBy(() => durationToMilliseconds(new TemporalDuration(units), "test"));
    expect(InvalidDurationError.is(error)).toBe(true);
    expect((error as Error).message).toContain(says);
  });

  test("of a handler may be a Temporal.Duration in whole seconds", async () => {
    const waiting = (units: ConstructorParameters<typeof TemporalDuration>[0]) =>
      withDurableExecution(async (_: unknown, context) => {
        await context.wait(new TemporalDuration(units));
      });
    const service = new FakeService();
    await invoke(waiting({ hours: 1, milliseconds: 2000 }), service);
    expect(service.updates[0]?.WaitOptions).toEqual({ WaitSeconds: 3602 });
    expect(await invoke(waiting({ milliseconds: 1500 }), new FakeService())).toMatchObject({
      Status: "FAILED",
      Error: {
        ErrorType: "InvalidDurationError",
        ErrorMessage: expect.stringContaining("no whole number of seconds") as string,
      },
    });
  });

  test("that only calls itself Temporal is read as the plain object it is", () => {
    const pretender = { seconds: 5, [Symbol.toStringTag]: "Temporal.Duration" };
    expect(durationToMilliseconds(pretender, "test")).toBe(5000);
  });

  test("is not read from what a class inherits", () => {
    class Seconds {
      get seconds(): number {
        return 5;
      }
    }
    expect(thrownBy(() => durationToMilliseconds(new Seconds(), "test"))).toMatchObject({
      code: "INVALID_DURATION",
    });
  });

  test("that is refused is shown, shortened, beside what it was for and what to give", () => {
    const error = thrownBy(() => durationToMilliseconds({ hour: "x".repeat(200) }, "patience"));
    expect((error as Error).message).toMatch(/^patience: \{"hour":"x+\.\.\. has the unknown unit/);
    expect((error as Error).message.length).toBeLessThan(250);
    expect(error).toMatchObject({ option: "patience", value: { hour: "x".repeat(200) } });
  });

  test.for([
    [{ seconds: Number.NaN }, '{"seconds":NaN} has seconds that are not a finite number'],
    [{ hours: Number.POSITIVE_INFINITY }, '{"hours":Infinity} has hours that are not a finite'],
    [{ seconds: 5n }, '{"seconds":5n} has seconds that are not a finite number'],
    [{ seconds: undefined }, '{"seconds":undefined} has no unit'],
  ] as const)("that is refused is shown as it is: %o", ([duration, says]) => {
    const error = thrownBy(() => durationToMilliseconds(duration, "timeout"));
    expect((error as Error).message).toContain(`timeout: ${says}`);
  });

  test("is shown even when it has no JSON form", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    expect((thrownBy(() => durationToMilliseconds(cyclic, "test")) as Error).message).toContain(
      'test: {"self":[Circular]} has the unknown unit',
    );
    expect((thrownBy(() => durationToMilliseconds(10n, "test")) as Error).message).toContain("10n");
    expect((thrownBy(() => durationToMilliseconds(() => 1, "test")) as Error).message).toContain(
      "function (anonymous)",
    );
    expect(
      (thrownBy(() => durationToMilliseconds(Symbol("s"), "test")) as Error).message,
    ).toContain("Symbol(s)");
    expect(
      (thrownBy(() => durationToMilliseconds("x".repeat(100), "test")) as Error).message,
    ).toContain(`"${"x".repeat(77)}..."`);
  });
});
