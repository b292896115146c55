import * as z from "zod";
import type { Parcel } from "./carrier.ts";

export interface Item {
  readonly sku: string;
  readonly quantity: number;
}

export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly items: readonly Item[];
  /** In cents. */
  readonly total: number;
}

/** What a person who has looked at a risky order says. */
export const reviewSchema = z.object({ approved: z.boolean(), by: z.string() });
export type Review = z.infer<typeof reviewSchema>;

/** What the courier says at the doorstep. */
export const deliverySchema = z.object({ signedBy: z.string() });
export type Delivery = z.infer<typeof deliverySchema>;

export type Outcome =
  | { readonly status: "delivered"; readonly parcel: Parcel; readonly signedBy: string }
  | { readonly status: "refused"; readonly reason: string }
  /** All that had been done for it is undone. */
  | { readonly status: "cancelled"; readonly reason: string };
