import { ChildContextError } from "@durabletest/runtime";
import {
  CallbackClosedError,
  CallbackNotFoundError,
  DurableTestRunner,
  respond,
} from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { createHandler } from "./handler.ts";

const handler = createHandler({ airline: async () => {}, hotel: async () => {} });
const trip = { traveller: "Ada", destination: "Turin" };
const test = durableTest(handler);

test("callbacks of one name are told apart by the order in which they start", async ({
  runner,
  expect,
}) => {
  await runner.run(trip);

  // Two of that name are open, so the name alone is not enough.
  expect(() => runner.callback("booking_confirmation").callbackId).toThrow(CallbackNotFoundError);

  await runner.callback("booking_confirmation", 1).succeed({ reference: "ROOM-12" });
  const result = await runner.callback("booking_confirmation", 0).succeed({ reference: "TRN-7" });

  expect(result).toHaveSucceededWith({ flight: "TRN-7", hotel: "ROOM-12" });
});

test("callbacks of one name are told apart by the context they belong to", async ({
  runner,
  expect,
}) => {
  const { operations } = await runner.run(trip);

  const contexts = operations.filter((op) => op.type === "CONTEXT");
  const callbacks = operations.filter((op) => op.type === "CALLBACK");

  expect(contexts.map(({ name }) => name)).toEqual(["flight", "hotel"]);
  expect(callbacks.map(({ parentId }) => parentId)).toEqual(contexts.map(({ id }) => id));
});

test("the children wait side by side", async ({ runner, expect }) => {
  await runner.run(trip);

  const result = await runner.runToCompletion();

  expect(result).toHaveSucceededWith({ flight: "unconfirmed", hotel: "unconfirmed" });
  expect(result.elapsedMs).toBe(3_600_000);
});

test("a failure comes out of the child as a ChildContextError", async ({ runner, expect }) => {
  await runner.run(trip);

  const result = await runner.callback("booking_confirmation", 1).fail({ ErrorType: "SoldOut" });

  expect(result).toHaveFailedWith(ChildContextError);
  expect(result).toHaveFailedWith("SoldOut");
});

test("a confirmation that comes late does not reopen the child", async ({
  runner,
  clock,
  expect,
}) => {
  await runner.run(trip);
  await clock.advance({ minutes: 30 });
  await runner.callback("booking_confirmation", 0).succeed({ reference: "TRN-7" });
  await clock.advance({ minutes: 30 });

  await expect(
    runner.callback("booking_confirmation", 1).succeed({ reference: "ROOM-12" }),
  ).rejects.toThrow(CallbackClosedError);

  expect(runner).toHaveSucceededWith({ flight: "TRN-7", hotel: "unconfirmed" });
});

test("a script that is a function answers each callback of the name in turn", async ({
  expect,
}) => {
  // It is used up in the course of the execution, so it and its runner are made for this test alone.
  const references = ["TRN-7", "ROOM-12"];
  await using runner = new DurableTestRunner(handler, {
    callbacks: {
      booking_confirmation: () =>
        respond.success({ reference: references.shift() }).after({ minutes: 5 }),
    },
  });

  const result = await runner.run(trip);

  expect(result).toHaveSucceededWith({ flight: "TRN-7", hotel: "ROOM-12" });
  expect(result.elapsedMs).toBe(300_000);
});
