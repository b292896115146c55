import { describe, expect, test, vi } from "vitest";

import type { ArmedAt } from "../../src/in-flight/idle.ts";
import { InFlight } from "../../src/in-flight/ledger.ts";
import { Progress } from "../../src/surroundings/progress.ts";
import { natives } from "../../src/surroundings/natives.ts";
import { installHook } from "../../src/in-flight/install.ts";
import {
  bench,
  type InvocationTime,
  realSleep,
  realTurn,
  Stuck,
  watchInvocation,
  watchOptions,
} from "../surroundings/virtual-host.ts";

installHook();

/** A port whose due things are written down by the test. */
class WrittenTime implements InvocationTime {
  readonly inFlight = new InFlight(new Progress());
  readonly fired: { readonly name: string; readonly atReal: number }[] = [];
  readonly startedAtReal: number = natives.realNow();
  onFire: ((name: string) => void) | undefined;
  #now = 0;
  #due: (ArmedAt & { readonly name: string })[] = [];

  arm(name: string, delayMs: number, { armedAtReal = natives.realNow() } = {}): this {
    this.#due.push({ name, delayMs, armedAtReal, dueAt: this.#now + delayMs });
    this.#due.sort((a, b) => a.dueAt - b.dueAt);
    return this;
  }

  now(): number {
    return this.#now;
  }

  hasTimer(): boolean {
    return this.#due.length > 0;
  }

  nextTimer(): ArmedAt | undefined {
    return this.#due[0];
  }

  fireNextDue(): undefined {
    const due = this.#due.shift()!;
    this.#now = due.dueAt;
    this.fired.push({ name: due.name, atReal: natives.realNow() - this.startedAtReal });
    this.onFire?.(due.name);
  }

  get names(): string[] {
    return this.fired.map(({ name }) => name);
  }
}

const never = new Promise<never>(() => {});

describe("an invocation that needs no time", () => {
  test("settles without a turn of the event loop", async () => {
    const time = new WrittenTime();
    const turns = vi.spyOn(time, "hasTimer");
    let immediates = 0;
    natives.setImmediate(() => (immediates += 1));
    await expect(watchInvocation(Promise.resolve(5), time, watchOptions())).resolves.toBe(5);
    expect(immediates).toBe(0);
    await realTurn();
    await realTurn();
    expect(turns).not.toHaveBeenCalled();
  });

  test("passes on what it rejects with", async () => {
    const error = new Error("handler");
    const time = new WrittenTime();
    await expect(watchInvocation(Promise.reject(error), time, watchOptions())).rejects.toBe(error);
  });
});

describe("with nothing real in flight", () => {
  test("what is due happens at once, in order, however far away", async () => {
    const time = new WrittenTime().arm("year", 3e10).arm("hour", 3.6e6).arm("tie", 3.6e6);
    const settled = Promise.withResolvers<string>();
    time.onFire = (name) => name === "year" && settled.resolve(name);
    await watchInvocation(settled.promise, time, watchOptions());
    expect(time.names).toEqual(["hour", "tie", "year"]);
    expect(time.fired.at(-1)!.atReal).toBeLessThan(60_000);
  });

  test("not before what has just begun has had a turn", async () => {
    const time = new WrittenTime().arm("timeout", 5000);
    const settled = Promise.withResolvers<string>();
    let turns = 0;
    // Like a handler that yields with setImmediate: each is counted, none stays in flight.
    const yields = () => {
      time.inFlight.beginBrief();
      turns += 1;
      natives.setImmediate(() => (turns < 50 ? yields() : settled.resolve("yielded")));
    };
    yields();
    await expect(watchInvocation(settled.promise, time, watchOptions())).resolves.toBe("yielded");
    expect(time.fired).toEqual([]);
  });

  test("an error in what happens ends the watch", async () => {
    const time = new WrittenTime().arm("bad", 1);
    const error = new Error("queue");
    time.onFire = () => {
      throw error;
    };
    await expect(watchInvocation(never, time, watchOptions())).rejects.toBe(error);
  });

  test("nothing happens after it has settled", async () => {
    const time = new WrittenTime().arm("first", 1).arm("second", 2);
    const settled = Promise.withResolvers<void>();
    time.onFire = () => settled.resolve();
    await watchInvocation(settled.promise, time, watchOptions());
    await realSleep(5);
    expect(time.names).toEqual(["first"]);
  });
});

describe("with real work in flight", () => {
  const work = (time: WrittenTime, ms: number) => {
    const promise = realSleep(ms);
    time.inFlight.track("work", promise);
    return promise;
  };

  test("80 ms of work win against a timer of 5 s", async () => {
    const time = new WrittenTime().arm("timeout", 5000);
    await watchInvocation(work(time, 80), time, watchOptions());
    expect(time.fired).toEqual([]);
  });

  test("and longer work loses to timers of 30 and 60 ms, which keep real pace", async () => {
    const time = new WrittenTime().arm("timeout", 30).arm("later", 60);
    const settled = Promise.withResolvers<void>();
    time.inFlight.track("hanging", never);
    time.onFire = (name) => name === "later" && settled.resolve();
    await watchInvocation(settled.promise, time, watchOptions());
    expect(time.names).toEqual(["timeout", "later"]);
    const [timeout, later] = time.fired;
    expect(timeout!.atReal).toBeGreaterThanOrEqual(15);
    expect(later!.atReal).toBeGreaterThanOrEqual(30);
  });

  test("a timer armed meanwhile waits for its own delay", async () => {
    const time = new WrittenTime().arm("first", 30);
    const settled = Promise.withResolvers<void>();
    time.inFlight.track("hanging", never);
    time.onFire = (name) => {
      if (name === "first") time.arm("second", 30);
      else settled.resolve();
    };
    await watchInvocation(settled.promise, time, watchOptions());
    expect(time.names).toEqual(["first", "second"]);
    expect(time.fired[1]!.atReal - time.fired[0]!.atReal).toBeGreaterThanOrEqual(15);
  });

  test("a timer that virtual time has brought near waits only for what was left of it", async () => {
    const time = new WrittenTime().arm("jump", 3_600_000 - 30).arm("hour", 3_600_000);
    const settled = Promise.withResolvers<void>();
    time.onFire = (name) => {
      if (name === "jump") time.inFlight.track("hanging", never);
      else settled.resolve();
    };
    await watchInvocation(settled.promise, time, watchOptions());
    expect(time.names).toEqual(["jump", "hour"]);
    expect(time.fired[1]!.atReal).toBeGreaterThanOrEqual(15);
    expect(time.fired[1]!.atReal).toBeLessThan(60_000);
  });

  test("virtual time jumps again once the work is over", async () => {
    const time = new WrittenTime();
    const settled = Promise.withResolvers<void>();
    time.onFire = () => settled.resolve();
    void work(time, 30).then(() => time.arm("hour", 3_600_000));
    await watchInvocation(settled.promise, time, watchOptions());
    expect(time.names).toEqual(["hour"]);
    expect(time.fired[0]!.atReal).toBeGreaterThanOrEqual(15);
  });

  test("what takes long is named, once", async () => {
    const time = new WrittenTime();
    const notice = vi.fn();
    await watchInvocation(work(time, 80), time, watchOptions({ noticeAfterMs: 20, notice }));
    expect(notice).toHaveBeenCalledExactlyOnceWith(["work"]);
  });

  test("what does not take long is not named", async () => {
    const time = new WrittenTime();
    const notice = vi.fn();
    await watchInvocation(work(time, 20), time, watchOptions({ notice }));
    expect(notice).not.toHaveBeenCalled();
  });
});

describe("with something new in every turn", () => {
  const yieldsUntil = (time: WrittenTime, isOver: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const yields = (): void => {
        time.inFlight.beginBrief();
        natives.setImmediate(() => (isOver() ? resolve() : yields()));
      };
      yields();
    });

  test("a timer comes, once it would have in real time as well", async () => {
    const time = new WrittenTime().arm("timeout", 30);
    await watchInvocation(
      yieldsUntil(time, () => time.fired.length > 0),
      time,
      watchOptions(),
    );
    expect(time.fired[0]!.atReal).toBeGreaterThanOrEqual(30);
  });

  test("that is told when it takes long", async () => {
    const time = new WrittenTime();
    const notice = vi.fn();
    const settled = yieldsUntil(time, () => notice.mock.calls.length > 0);
    await watchInvocation(settled, time, watchOptions({ noticeAfterMs: 20, notice }));
    expect(notice).toHaveBeenCalledExactlyOnceWith([expect.stringContaining("setImmediate")]);
  });
});

describe("with nothing that could move it", () => {
  test("the handler is stuck, after a moment of grace", async () => {
    const time = new WrittenTime();
    const before = natives.realNow();
    await expect(
      watchInvocation(never, time, watchOptions({ stuckAfterMs: 60 })),
    ).rejects.toBeInstanceOf(Stuck);
    expect(natives.realNow() - before).toBeGreaterThanOrEqual(30);
  });

  test("somebody outside may still resolve it", async () => {
    const time = new WrittenTime();
    const outside = realSleep(30).then(() => "outside");
    await expect(watchInvocation(outside, time, watchOptions())).resolves.toBe("outside");
  });

  test("a blocked event loop does not count as silence of the handler", async () => {
    const time = new WrittenTime();
    const settled = Promise.withResolvers<string>();
    natives.setTimeout(() => {
      const until = natives.realNow() + 600;
      while (natives.realNow() < until);
      natives.setTimeout(() => settled.resolve("fine"), 5);
    }, 5);
    await expect(
      watchInvocation(settled.promise, time, watchOptions({ stuckAfterMs: 400 })),
    ).resolves.toBe("fine");
  });

  test("the grace begins anew when something happened in between", async () => {
    const time = new WrittenTime();
    const settled = Promise.withResolvers<string>();
    const signs = [150, 300, 450].map((ms) => realSleep(ms).then(() => time.inFlight.beginBrief()));
    void Promise.all(signs)
      .then(() => realSleep(100))
      .then(() => settled.resolve("alive"));
    await expect(
      watchInvocation(settled.promise, time, watchOptions({ stuckAfterMs: 300 })),
    ).resolves.toBe("alive");
  });
});

test("a watch begun in a scope does not count as that scope's work", async () => {
  using outer = bench();
  const time = new WrittenTime().arm("timer", 5000);
  const settled = Promise.withResolvers<void>();
  time.onFire = () => settled.resolve();
  const { started } = outer.inFlight;
  await outer.in(() => watchInvocation(settled.promise, time, watchOptions()));
  expect(outer.inFlight.started).toBe(started);
});
