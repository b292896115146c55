import { Duration } from "@durabletest/runtime";
import { respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { expect } from "vitest";
import { handler } from "./handler.ts";

const test = durableTest(handler);
const approved = durableTest(handler, {
  callbacks: {
    approval: respond.success({ approved: true, by: "kim" }).after(Duration.fromHours(3)),
  },
});

test("ships small orders at once", async ({ runner }) => {
  const result = await runner.run({ id: "o-1", total: 10 });
  expect(result).toHaveSucceededWith({ status: "shipped" });
});

approved("waits for the approval of large ones", async ({ runner, clock }) => {
  const start = clock.now;
  const result = await runner.run({ id: "o-2", total: 250 });
  expect(result).toHaveSucceededWith({ status: "shipped", by: "kim" });
  expect(result.elapsedMs).toBe(4 * 3_600_000);
  expect(runner.now.getTime() - start.getTime()).toBe(4 * 3_600_000);
  expect(result).toMatchSnapshot();
});
