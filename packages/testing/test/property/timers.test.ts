/** Timers of handler code do what those of `@sinonjs/fake-timers` do, on random programs. */
import FakeTimers from "@sinonjs/fake-timers";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { bench, start } from "../surroundings/virtual-host.ts";
import { limitMs, parameters } from "./settings.ts";

installScopedGlobals();

/** A timer is set. */
interface Setting {
  readonly kind: "timeout" | "interval";
  readonly delay: number;
  readonly isUnrefd: boolean;
  /** What the callback does, the first time. */
  readonly next: readonly Action[];
}

/** Something is done to one of the timers that there are by then. */
interface Change {
  readonly kind: "clear" | "refresh";
  readonly which: number;
}

type Action = Setting | Change;

/** What both sides offer. */
interface Timers {
  now(): number;
  setTimeout(callback: () => void, delay: number): Handle;
  setInterval(callback: () => void, delay: number): Handle;
  clearTimeout(handle: Handle): void;
}

interface Handle {
  unref(): unknown;
  refresh(): unknown;
}

interface Firing {
  readonly at: number;
  readonly timer: number;
}

interface Played {
  readonly fired: readonly Firing[];
  /** Timers that were armed again. */
  readonly again: ReadonlySet<number>;
}

const untilMs = 3000;
const longestDelay = 2 ** 31 - 1;

/** Does all that a program says, and returns what has fired, in order. */
function play(program: readonly Action[], timers: Timers, letPass: () => void): Played {
  const fired: Firing[] = [];
  const handles: Handle[] = [];
  const cleared = new Set<Handle>();
  /** Timeouts that have fired. */
  const idle = new Set<Handle>();
  /** Those that were armed again. */
  const again = new Set<number>();
  const change = ({ kind, which }: Change): void => {
    const handle = handles[which % Math.max(1, handles.length)];
    // One that was cleared stays so in Node; Sinon sets it anew.
    if (handle === undefined || cleared.has(handle)) return;
    if (kind === "refresh") {
      // One that waits loses its place in Sinon's order.
      if (!idle.has(handle)) return;
      idle.delete(handle);
      handle.refresh();
      again.add(which % handles.length);
      return;
    }
    timers.clearTimeout(handle);
    cleared.add(handle);
  };
  const set = ({ kind, delay, isUnrefd, next }: Setting): void => {
    const timer = handles.length;
    let isFirst = true;
    const callback = (): void => {
      fired.push({ at: timers.now() - start, timer });
      if (kind === "interval") again.add(timer);
      else idle.add(handle);
      if (isFirst) for (const each of next) act(each);
      isFirst = false;
    };
    const handle =
      kind === "timeout" ? timers.setTimeout(callback, delay) : timers.setInterval(callback, delay);
    handles.push(handle);
    if (isUnrefd) handle.unref();
  };
  const act = (action: Action): void => {
    if ("which" in action) change(action);
    else set(action);
  };
  for (const action of program) act(action);
  letPass();
  return { fired, again };
}

/** In Node it is an object. */
function handleOf(timer: unknown): Handle {
  if (typeof timer === "object" && timer !== null && "refresh" in timer) return timer as Handle;
  throw new Error("Sinon has made a timer as browsers do.");
}

function bySinon(program: readonly Action[]): Played {
  const clock = FakeTimers.createClock(start, 100_000);
  // Node waits for a millisecond where it is told less, or too much; Sinon for none.
  const asNode = (delay: number): number => (delay >= 1 && delay <= longestDelay ? delay : 1);
  const timers: Timers = {
    now: () => clock.now,
    setTimeout: (callback, delay) => handleOf(clock.setTimeout(callback, asNode(delay))),
    setInterval: (callback, delay) => handleOf(clock.setInterval(callback, asNode(delay))),
    clearTimeout: (handle) => clock.clearTimeout(handle as never),
  };
  return play(program, timers, () => clock.tick(untilMs));
}

function byScope(program: readonly Action[]): Played {
  using b = bench();
  const timers: Timers = {
    now: () => b.host.now(),
    setTimeout: (callback, delay) => b.in(() => setTimeout(callback, delay)),
    setInterval: (callback, delay) => b.in(() => setInterval(callback, delay)),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
  return play(program, timers, () => b.host.advance(untilMs));
}

/**
 * Whether timers that were armed again fire together with others: Sinon keeps the place that they had first, Node
 * and we go by when they were armed last.
 */
function dependsOnPlaces({ fired, again }: Played): boolean {
  return fired.some(({ at, timer }, index) => {
    const next = fired[index + 1];
    return next?.at === at && (again.has(timer) || again.has(next.timer));
  });
}

const delay = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 2000 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -1, -3600, 0.25, Number.NaN, 2 ** 31, 2 ** 40, Infinity),
  },
);

const { action } = fc.letrec<{ action: Action }>((tie) => ({
  action: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record({
      kind: fc.constantFrom("clear" as const, "refresh" as const),
      which: fc.nat({ max: 20 }),
    }),
    fc.record({
      kind: fc.constantFrom("timeout" as const, "timeout" as const, "interval" as const),
      delay,
      isUnrefd: fc.boolean(),
      next: fc.array(tie("action"), { maxLength: 3 }),
    }),
  ),
}));

test.prop([fc.array(action, { minLength: 1, maxLength: 8 })], parameters(1))(
  "timers fire when, in which order and as often as a fake clock's",
  (program) => {
    const expected = bySinon(program);
    // Intervals of a millisecond say nothing more in their three thousandth round.
    fc.pre(expected.fired.length < 5000 && !dependsOnPlaces(expected));
    expect(byScope(program).fired).toEqual(expected.fired);
  },
  limitMs(1),
);
