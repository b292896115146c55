/** What the carrier's function is invoked with. */
export interface Booking {
  readonly orderId: string;
  readonly parcels: number;
}

/** What it returns. */
export interface Parcel {
  readonly trackingId: string;
}
