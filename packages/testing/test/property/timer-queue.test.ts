import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { type Due, TimerQueue } from "../../src/engine/timer-queue.ts";
import { limitMs, parameters } from "./settings.ts";

type Command =
  | { readonly do: "arm"; readonly dueAt: number }
  /** One that is waiting, has happened, or has been taken out. */
  | { readonly do: "disarm"; readonly which: number }
  | { readonly do: "pop" }
  | { readonly do: "clear" };

const dueAt = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 40), max: 2 ** 43 }) },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("arm" as const), dueAt }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("disarm" as const), which: fc.nat() }) },
  { weight: 4, arbitrary: fc.constant({ do: "pop" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "clear" as const }) },
);

test.prop([fc.array(command, { maxLength: 200, size: "max" })], parameters(0.25))(
  "the timer queue does what a sorted list does",
  (commands) => {
    const queue = new TimerQueue<string>();
    const armed: Due<string>[] = [];
    let list: Due<string>[] = [];
    for (const next of commands) {
      switch (next.do) {
        case "arm": {
          const due = queue.arm(next.dueAt, `timer ${armed.length}`);
          expect([due.dueAt, due.what]).toEqual([next.dueAt, `timer ${armed.length}`]);
          armed.push(due);
          // Stable: among equals, the order of arming.
          list = [...list, due].toSorted((a, b) => a.dueAt - b.dueAt);
          break;
        }
        case "disarm": {
          const due = armed[next.which % Math.max(1, armed.length)];
          if (due === undefined) break;
          queue.disarm(due);
          list = list.filter((other) => other !== due);
          break;
        }
        case "pop":
          expect(queue.pop()).toBe(list[0]);
          list = list.slice(1);
          break;
        case "clear":
          queue.clear();
          list = [];
      }
      expect(queue.size).toBe(list.length);
      expect(queue.peek()).toBe(list[0]);
    }
    const isOdd = (what: string): what is string => /[13579]$/.test(what);
    expect(queue.firstOf(isOdd)).toBe(list.find(({ what }) => isOdd(what)));
    const order: (Due<string> | undefined)[] = [];
    while (queue.size > 0) order.push(queue.pop());
    expect(order).toEqual(list);
    expect(queue.pop()).toBeUndefined();
  },
  limitMs(0.25),
);
