import * as z from "zod";
import type { Item, Order } from "./order.ts";

/** An answer of a service that no second attempt changes. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** What went wrong in the first place: the runtimes say around it where it did, each in its own words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

/** Asks a service by HTTP. One that is down, or says nothing for ten seconds, may be asked again with the same key. */
async function ask(url: string, body: object, idempotencyKey: string): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.ok) return response.json();
  const message = `${new URL(url).hostname}: ${await response.text()}`;
  throw response.status < 500 ? new RefusedError(message) : new Error(message);
}

const scored = z.object({ risk: z.number() });
const receipt = z.object({ id: z.string() });
export type Receipt = z.infer<typeof receipt>;

/** How risky the order looks to a company that sees many, from 0 to 100. */
export const scoreOrder = async ({ id, total, customerId }: Order) =>
  scored.parse(await ask("https://fraud.example/scores", { total, customerId }, id)).risk;

export const reserve = async (orderId: string, item: Item) =>
  receipt.parse(
    await ask("https://warehouse.example/reservations", item, `${orderId}/${item.sku}`),
  );

export const release = async ({ id }: Receipt) => {
  await ask(`https://warehouse.example/reservations/${id}/release`, {}, id);
};

export const charge = async ({ id, total, customerId }: Order) =>
  receipt.parse(await ask("https://payments.example/charges", { total, customerId }, id));

export const refund = async ({ id }: Receipt) => {
  await ask(`https://payments.example/charges/${id}/refund`, {}, id);
};
