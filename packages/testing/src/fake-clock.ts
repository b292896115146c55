import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";

/**
 * A fake clock: what `@sinonjs/fake-timers` makes, and `vi.useFakeTimers()` and `jest.useFakeTimers()` install.
 */
export interface FakeClock {
  /** Epoch milliseconds. */
  now: number;
  readonly loopLimit: number;
  /** By their ids. */
  readonly timers?: unknown;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  countTimers(): number;
  tickAsync(time: number | string): Promise<number>;
  nextAsync(): Promise<number>;
  runAllAsync(): Promise<number>;
  setSystemTime(now?: number | Date): void;
  reset(): void;
}

/**
 * Reads the clock that the option `clock` stands for.
 *
 * @returns reads it again: `"test"` is the one that is installed, or the last that was.
 * @throws InvalidArgumentError when there is none.
 */
export function readClock(value: unknown): () => FakeClock {
  if (value === "test") {
    const found = installedClock();
    if (found === undefined) throw new InvalidArgumentError(`clock: "test" is ${whyNone()}`);
    let last = found;
    return () => (last = installedClock() ?? last);
  }
  if (isFakeClock(value)) return () => value;
  throw new InvalidArgumentError(
    `clock: ${describeValue(value)} is no clock. Give one of @sinonjs/fake-timers, or "test" for that of vi.useFakeTimers() or jest.useFakeTimers().`,
  );
}

// Outside of a scope, globals are whatever stands there now.

function installedClock(): FakeClock | undefined {
  const installed = clockOf(Reflect.get(globalThis, "setTimeout"));
  return isFakeClock(installed) ? installed : undefined;
}

function clockOf(faked: unknown): unknown {
  return typeof faked === "function" ? Reflect.get(faked, "clock") : undefined;
}

function whyNone(): string {
  const setTimeout: unknown = Reflect.get(globalThis, "setTimeout");
  if (typeof setTimeout === "function" && Reflect.get(setTimeout, "_isMockFunction") === true) {
    return "the clock of the fake timers that are on, and the legacy ones of Jest have none. Call jest.useFakeTimers() without legacyFakeTimers.";
  }
  if (clockOf(Reflect.get(globalThis, "Date")) !== undefined) {
    return 'the clock of the fake timers that are on, and these fake the date, and not setTimeout. Call vi.useFakeTimers() or jest.useFakeTimers() with setTimeout among what they fake (Vitest: toFake: ["setTimeout", "clearTimeout", "Date"]).';
  }
  return "the clock of the fake timers that are on, and none are. Call vi.useFakeTimers() or jest.useFakeTimers() before the runner is made: in beforeEach, for the runner of durableTest.";
}

function isFakeClock(value: unknown): value is FakeClock {
  if (typeof value !== "object" || value === null) return false;
  const methods = [
    "setTimeout",
    "clearTimeout",
    "countTimers",
    "tickAsync",
    "nextAsync",
    "runAllAsync",
    "setSystemTime",
    "reset",
  ];
  return (
    typeof Reflect.get(value, "now") === "number" &&
    methods.every((name) => typeof Reflect.get(value, name) === "function")
  );
}
