import { withDurableExecution } from "@durabletest/runtime";
import { expectTypeOf, test as plain } from "vitest";
import { respond } from "../../src/index.ts";
import { durableTest } from "../../src/node-test/index.ts";

const handler = withDurableExecution(async (order: { readonly id: string }, context) => {
  const approval = await context.createCallback<{ by: string }>("approval");
  return { order: order.id, by: (await approval.result())?.by };
});

interface OrderTypes {
  readonly handler: typeof handler;
  readonly callbacks: { readonly approval: { by: string } };
}

plain("the compiler checks names and payloads in tests of node:test", () => {
  const test = durableTest.typed<OrderTypes>(handler, {
    callbacks: { approval: respond.never() },
  });
  void test("a body", async ({ runner, expect, t }) => {
    await runner.run({ id: "o-1" });
    await runner.callback("approval").succeed({ by: "kim" });
    // @ts-expect-error -- a misspelt name
    runner.callback("aproval");
    // @ts-expect-error -- another payload
    await runner.callback("approval").succeed({ from: "kim" });
    expect(runner).toHaveSucceeded();
    expectTypeOf(t.name).toEqualTypeOf<string>();
  });
  void test.only("with settings of node:test", { timeout: 100 }, ({ runner }) => runner.result);
  // @ts-expect-error -- a misspelt name
  test.with({ callbacks: { aproval: respond.never() } });
  expectTypeOf(test.with({ seed: 1 })).toEqualTypeOf(test);
});
