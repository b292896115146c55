import { durableTest } from "@durabletest/vitest-plugin";
import { respond } from "@durabletest/testing";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type Hotel } from "./handler.ts";

const hotel = {
  reserve: vi.fn<Hotel["reserve"]>(async (room) => `reserved ${room}`),
  pay: vi.fn<Hotel["pay"]>(async (id) => `paid ${id}`),
  release: vi.fn<Hotel["release"]>(async () => {}),
};
const booking = { id: "b-1", rooms: ["101", "102", "103"] };

beforeEach(() => {
  vi.clearAllMocks();
});

describe("a booking", () => {
  const test = durableTest(createHandler(hotel));

  test("is paid once every room is reserved", async ({ runner, expect }) => {
    expect(await runner.run(booking)).toHaveSucceededWith({ status: "booked" });
  });

  // By path: the second room only. Retries take their time, virtually.
  test("waits for a room that is free at the third attempt", async ({ runner, expect }) => {
    const result = await runner.run(booking, {
      steps: {
        "rooms[1]/reserve": [
          respond.failure(new Error("locked")),
          respond.failure(new Error("locked")),
        ],
      },
    });

    expect(result).toHaveSucceededWith({ status: "booked" });
    expect(result.step("rooms[1]/reserve")).toMatchObject({ attempt: 3, runs: 1 });
    expect(result.elapsedMs).toBeGreaterThan(5000);
  });

  test("gives the other rooms back when one cannot be had", async ({ runner, expect }) => {
    const result = await runner.run(booking, {
      steps: { "rooms[2]/reserve": respond.failure({ ErrorType: "Full" }) },
    });

    expect(result).toHaveSucceededWith({ status: "full" });
    expect(result).toHaveRun("release", 2);
    expect(hotel.pay).not.toHaveBeenCalled();
  });

  test("is unclear when the sandbox dies after the payment", async ({ runner, expect }) => {
    const result = await runner.run(booking, { steps: { pay: respond.crash("after") } });

    expect(result).toHaveSucceededWith({ status: "unclear: StepInterruptedError" });
    expect(result).toHaveRun("pay", 1);
  });

  // A function has the real one in its hands.
  test("is paid by a system that takes nine minutes", async ({ runner, expect }) => {
    const waiting = runner.run(booking, {
      steps: {
        pay: async ({ run }) => {
          await new Promise((resolve) => setTimeout(resolve, 9 * 60_000));
          return run();
        },
      },
    });

    expect(await waiting).toHaveSucceededWith({ status: "booked" });
    expect(runner.result.elapsedMs).toBe(9 * 60_000);
  });
});
