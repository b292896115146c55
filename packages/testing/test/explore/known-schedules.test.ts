import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { explore, type ExploreOptions } from "../../src/explore/index.ts";
import { Options, type Picker } from "../../src/explore/deciders.ts";
import type { Possibility } from "../../src/explore/possibilities.ts";
import { checkExploreOptions } from "../../src/explore/options.ts";
import { KnownSchedules } from "../../src/explore/known-schedules.ts";
import { respond } from "../../src/index.ts";

/** Says how often its handler has been called. */
function counted(): {
  readonly handler: ReturnType<typeof withDurableExecution>;
  readonly calls: () => number;
} {
  let calls = 0;
  const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
    calls += 1;
    const approval = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
    const answer = await approval.result();
    await context.step("ship", () => answer);
    return answer ?? "expired";
  });
  return { handler, calls: () => calls };
}

const options = {
  callbacks: { approval: [respond.success("yes"), respond.success("no")] },
  expect: { replays: false, sameOutcomeAfterCrash: false },
  runs: 2000,
} satisfies ExploreOptions;

describe("a schedule that is picked again", () => {
  test.each(["random", "pct"] as const)("is counted, and not run again: %s", async (strategy) => {
    const { handler, calls } = counted();
    let checks = 0;
    const report = await explore(handler, {
      ...options,
      strategy,
      check: () => {
        checks += 1;
      },
    });
    expect(report.runs).toBe(2000);
    expect(report.outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(2000);
    expect(checks).toBeLessThan(1500);
    expect(checks).toBeGreaterThanOrEqual(report.distinct);
    expect(calls()).toBeLessThan(2000 * 2);
  });

  test("leads to the same report as if it were run again", async () => {
    const some = { ...options, strategy: "random", runs: 300 } as const;
    const once = await explore(counted().handler, some);
    // Inputs that are made are not taken for alike.
    const always = await explore(counted().handler, { ...some, input: () => 1 });
    const { elapsedMs: _, outcomes, ...rest } = once;
    expect(always).toMatchObject(rest);
    expect(always.outcomes.map(({ count }) => count)).toEqual(outcomes.map(({ count }) => count));
  });

  test("is run again where the same decisions have led elsewhere", async () => {
    let calls = 0;
    // Stands for real work that goes otherwise each time.
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      calls += 1;
      if (calls > 40 && calls % 7 === 0) await context.step("now and then", () => 1);
      return context.step("always", () => 2);
    });
    let checks = 0;
    const exploring = explore(handler, {
      expect: { replays: false, sameOutcomeAfterCrash: false },
      strategy: "random",
      runs: 400,
      check: () => {
        checks += 1;
      },
    });
    // In the end it shows that something is left over.
    await exploring.catch(() => {});
    expect(checks).toBeGreaterThan(100);
  });
});

describe("what is known", () => {
  const world = checkExploreOptions(counted().handler, {}).setup.world;
  const usual: Picker = { pick: () => undefined };
  const ended = { runs: 1 };

  /** Goes by points of these ids, unless that is known. */
  function run(known: KnownSchedules<object>, ids: readonly string[]): "known" | "run" {
    const found = known.find(usual);
    if ("known" in found) return "known";
    for (const id of ids) {
      const point = { kind: "next", id, functionNames: ["one", "other"] } as const;
      found.picker.pick(point, new Options(point, { world, budget: { mayCrash: false } }));
    }
    known.add(found.picker, ended);
    return "run";
  }

  test("is what the same decisions led to", () => {
    const known = new KnownSchedules();
    expect(run(known, ["a", "b"])).toBe("run");
    expect(run(known, ["a", "b"])).toBe("known");
  });

  test("is not picked at points that it was not picked for", () => {
    const known = new KnownSchedules();
    const offered = ({ id }: { readonly id: string }): readonly Possibility[] =>
      [id, `other ${id}`] as never;
    const picksAt = (ids: readonly string[], second: Picker): readonly Possibility[] => {
      const found = known.find(second);
      if ("known" in found) throw new Error("It is known.");
      const picks = ids.map((id) => {
        const point = { kind: "next", id, functionNames: ["one", "other"] } as const;
        const all = offered(point);
        return found.picker.pick(
          point,
          new Options(point, { world, budget: { mayCrash: false }, all }),
        );
      });
      known.add(found.picker, ended);
      return picks;
    };
    const first: Picker = { pick: (_, { all }) => all[0] };
    picksAt(["a", "b"], first);
    // One that picks otherwise at the end gets as far as that by what is known.
    const otherAtB: Picker = { pick: ({ id }, { all }) => all[id === "b" ? 1 : 0] };
    expect(picksAt(["a", "c", "d"], otherAtB)).toEqual(["a", "c", "d"]);
  });

  test("is nothing once the same decisions have led elsewhere, or further", () => {
    for (const others of [["a", "c"], ["a"], ["a", "b", "c"]]) {
      const known = new KnownSchedules();
      // Both were begun before either had come to its end.
      const first = known.find(usual);
      run(known, ["a", "b"]);
      if (!("picker" in first)) throw new Error("It is known.");
      for (const id of others) {
        const point = { kind: "next", id, functionNames: ["one", "other"] } as const;
        first.picker.pick(point, new Options(point, { world, budget: { mayCrash: false } }));
      }
      known.add(first.picker, ended);
      expect(run(known, ["a", "b"])).toBe("run");
      expect(run(known, ["a", "b"])).toBe("run");
    }
  });

  test("is no more than so many places: what comes later is run", () => {
    const known = new KnownSchedules(2);
    expect(run(known, ["a", "b", "c"])).toBe("run");
    expect(run(known, ["a", "b", "c"])).toBe("run");
    expect(run(new KnownSchedules(3), ["a", "b", "c"])).toBe("run");
  });
});
