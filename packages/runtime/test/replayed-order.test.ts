import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type DurableContext, withDurableExecution } from "../src/index.ts";
import { ListingService, turns } from "./support/listing-service.ts";

/** What goes on beside each other, or one after the other in a context with a result of that size. */
type Program =
  | { readonly kind: "step"; readonly turns: number }
  | {
      readonly kind: "context" | "map";
      readonly parts: readonly Program[];
      readonly isLarge: boolean;
      readonly ticks: number;
    };

const step = fc.record({ kind: fc.constant("step" as const), turns: fc.nat(10) });
const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    step,
    fc.record({
      kind: fc.constantFrom("context" as const, "map" as const),
      parts: fc.array(tie("program"), { maxLength: 3 }),
      isLarge: fc.boolean(),
      ticks: fc.nat(20),
    }),
  ),
}));

/** Steps one after the other. */
const chain = (length: number): Program => ({
  kind: "context",
  parts: Array.from({ length }, () => ({ kind: "step", turns: 1 })),
  isLarge: false,
  ticks: 0,
});

const LIMIT = 400;

async function runs(context: DurableContext, path: string, what: Program): Promise<unknown> {
  if (what.kind === "step") {
    return context.step(path, () => turns(what.turns));
  }
  const { parts, isLarge, ticks } = what;
  const result = isLarge ? "x".repeat(LIMIT) : "";
  if (what.kind === "map") {
    const items = async (child: DurableContext, part: Program, index: number) => {
      await runs(child, `${path}.${index}`, part);
      return result;
    };
    return context.map(path, parts, items, { maxConcurrency: 1 });
  }
  return context.runInChildContext(path, async (child) => {
    for (const [index, part] of parts.entries()) await runs(child, `${path}.${index}`, part);
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
    return result;
  });
}

describe("with a service that lists by when operations started", () => {
  test.prop([fc.array(program, { minLength: 2, maxLength: 4 }), fc.boolean()], {
    seed: 20250101,
    numRuns: 200,
  })(
    "things end in the same order on a replay, also contexts that are made again",
    async (parts, tellsBack) => {
      const service = new ListingService({ tellsBack, payloadBytes: LIMIT });
      const orders: string[][] = [];
      const handler = withDurableExecution(async (_: unknown, context) => {
        const order: string[] = [];
        orders.push(order);
        // Keeps a checkpoint on its way, so that more than one thing comes together for the next.
        const beside = runs(context, "beside", chain(12));
        await Promise.all(
          parts.map((part, index) =>
            runs(context, String(index), part).then(() => order.push(String(index))),
          ),
        );
        await beside;
        await context.wait("pause", { seconds: 1 });
      });
      expect(await service.invoke(handler)).toEqual({ Status: "PENDING" });
      service.letTimePass();
      expect(await service.invoke(handler)).toMatchObject({ Status: "SUCCEEDED" });
      expect(orders[1]).toEqual(orders[0]);
    },
  );
});
