/** Where errors of handlers of AWS's SDK were thrown, which it does not record. */
import { describe, expect, test } from "vitest";
import { DurableTestRunner, formatTimeline } from "../../src/index.ts";
import { sdks } from "./support/sdks.ts";

interface Order {
  readonly customer?: { readonly address: { readonly city: string } };
}

const cityOf = (order: Order): string | undefined => order.customer?.address.city.toUpperCase();
const noCity = { customer: { address: {} } } as Order;
const once = { retryStrategy: () => ({ shouldRetry: false }) };
const ofThisFile = /places\.test\.ts:\d+/;

describe.each(Object.entries(sdks))("SDK %s", (_version, sdk) => {
  test("an error of the handler itself: in the result, and in the timeline", async () => {
    const handler = sdk.withDurableExecution(async (order: Order) => cityOf(order));
    await using runner = new DurableTestRunner(handler);
    const result = await runner.run(noCity);
    expect(result.error?.ErrorType).toBe("TypeError");
    expect(result.error?.StackTrace?.join("\n")).toMatch(ofThisFile);
    expect(formatTimeline(result)).toMatch(/threw at places\.test\.ts:\d+: TypeError/);
  });

  test("an error of a step: in the step, and in the timeline; the history is the service's", async () => {
    const handler = sdk.withDurableExecution(async (order: Order, context) => {
      await context.wait("pause", { seconds: 1 });
      return context.step("city", async () => cityOf(order), once);
    });
    await using runner = new DurableTestRunner(handler);
    const result = await runner.run(noCity);
    expect(result.step("city").error?.StackTrace?.join("\n")).toMatch(ofThisFile);
    expect(formatTimeline(result)).toMatch(/step "city" failed at places\.test\.ts:\d+: TypeError/);
    expect(JSON.stringify(result.history)).not.toMatch(ofThisFile);
  });

  test("what is an error stays one, and what is none does not become one", async () => {
    const answers = (): readonly boolean[] => [
      new TypeError("no") instanceof Error,
      new TypeError("no") instanceof RangeError,
      Object.create(Error.prototype) instanceof Error,
      ({} as unknown) instanceof Error,
      class extends Error {}.prototype instanceof Error,
    ];
    const seen: (readonly boolean[])[] = [answers()];
    const handler = sdk.withDurableExecution(async () => {
      seen.push(answers());
      return Object.hasOwn(RangeError, Symbol.hasInstance);
    });
    await using runner = new DurableTestRunner(handler);
    expect((await runner.run({})).result).toBe(false);
    seen.push(answers());
    expect(seen).toEqual(Array.from({ length: 3 }, () => [true, false, true, false, true]));
  });
});
