import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";

/**
 * A fake clock: what `@sinonjs/fake-timers` makes, and `vi.useFakeTimers()` and `jest.useFakeTimers()` install.
 */
export interface FakeClock {
  /** Epoch milliseconds. */
  now: number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  tickAsync(time: number | string): Promise<number>;
  nextAsync(): Promise<number>;
}

/**
 * The clock that the option `clock` stands for.
 *
 * @throws InvalidArgumentError when there is none.
 */
export function readClock(value: unknown): FakeClock {
  if (value === "test") {
    // Outside of a scope it is whatever stands there now.
    const faked: unknown = Reflect.get(globalThis, "setTimeout");
    const installed: unknown =
      typeof faked === "function" ? Reflect.get(faked, "clock") : undefined;
    if (isFakeClock(installed)) return installed;
    throw new InvalidArgumentError(
      'clock: "test" is the clock of the fake timers that are on, and none are. Call vi.useFakeTimers() or jest.useFakeTimers() before the runner is made: in beforeEach, for the runner of durableTest.',
    );
  }
  if (isFakeClock(value)) return value;
  throw new InvalidArgumentError(
    `clock: ${describeValue(value)} is no clock. Give one of @sinonjs/fake-timers, or "test" for that of vi.useFakeTimers() or jest.useFakeTimers().`,
  );
}

function isFakeClock(value: unknown): value is FakeClock {
  if (typeof value !== "object" || value === null) return false;
  const methods = ["setTimeout", "clearTimeout", "tickAsync", "nextAsync"];
  return (
    typeof Reflect.get(value, "now") === "number" &&
    methods.every((name) => typeof Reflect.get(value, name) === "function")
  );
}
