import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Trip {
  readonly traveller: string;
  readonly destination: string;
}

interface Confirmation {
  readonly reference: string;
}

/** A partner who confirms a booking in its own time. */
export type Partner = (callbackId: string, trip: Trip) => Promise<void>;

/** Books with one partner. It gets the context it is to work in, and does not care which that is. */
async function book(context: DurableContext, partner: Partner, trip: Trip): Promise<string> {
  const confirmation = await context.createCallback<Confirmation>("booking_confirmation", {
    timeout: { hours: 1 },
  });
  await context.step("request_booking", () => partner(confirmation.callbackId, trip));
  const confirmed = await confirmation.result();
  return confirmed?.reference ?? "unconfirmed";
}

/** Books flight and hotel at once, each in a child context of its own. */
export const createHandler = (partners: { readonly airline: Partner; readonly hotel: Partner }) =>
  withDurableExecution(async (trip: Trip, context: DurableContext) => {
    // The children keep their operations apart: both make a callback and a step of the same name.
    const [flight, hotel] = await Promise.all([
      context.runInChildContext("flight", (child) => book(child, partners.airline, trip)),
      context.runInChildContext("hotel", (child) => book(child, partners.hotel, trip)),
    ]);
    return { flight, hotel };
  });
