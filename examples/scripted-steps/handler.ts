import {
  createRetryStrategy,
  type DurableContext,
  type DurableHandler,
  StepInterruptedError,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Booking {
  readonly id: string;
  readonly rooms: readonly string[];
}

/** A hotel's reservation system, over which the handler has no power. */
export interface Hotel {
  reserve(room: string): Promise<string>;
  pay(id: string): Promise<string>;
  release(reservation: string): Promise<void>;
}

/** Reserves rooms side by side, and pays at most once; a payment that is unclear is looked at by people. */
export function createHandler(hotel: Hotel): DurableHandler<Booking, { readonly status: string }> {
  return withDurableExecution(async ({ id, rooms }: Booking, context: DurableContext) => {
    const reserved = await context.map("rooms", rooms, async (child, room) =>
      child.step("reserve", async () => hotel.reserve(room), {
        retryStrategy: createRetryStrategy({ maxAttempts: 3, jitter: "NONE" }),
      }),
    );
    if (reserved.failureCount > 0) {
      await context.map("give back", reserved.getResults(), async (child, reservation) =>
        child.step("release", async () => hotel.release(reservation)),
      );
      return { status: "full" };
    }
    try {
      await context.step("pay", async () => hotel.pay(id), {
        semantics: "AtMostOncePerRetry",
        retryStrategy: () => ({ shouldRetry: false }),
      });
    } catch (error) {
      const isUnclear =
        error instanceof Error && String(error.message).includes("was interrupted before");
      return { status: isUnclear ? `unclear: ${StepInterruptedError.name}` : "declined" };
    }
    return { status: "booked" };
  });
}
