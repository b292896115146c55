import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

/** What the services have done, by idempotency key: who asks twice gets what there is. */
export const ledger = {
  charges: new Map<string, "charged" | "refunded">(),
  reservations: new Map<string, "reserved" | "released">(),
};

/** The paths that have been asked, in order. */
export const requests: string[] = [];

/** The fraud, warehouse and payment services, in memory. A test that wants another answer says so with `server.use(…)`. */
export const server = setupServer(
  http.post("https://fraud.example/scores", () => HttpResponse.json({ risk: 10 })),

  http.post("https://warehouse.example/reservations", ({ request }) => {
    const id = idempotencyKeyOf(request).replace("/", "-");
    ledger.reservations.set(id, "reserved");
    return HttpResponse.json({ id });
  }),
  http.post<{ id: string }>(
    "https://warehouse.example/reservations/:id/release",
    ({ params: { id } }) => {
      ledger.reservations.set(id, "released");
      return HttpResponse.json({});
    },
  ),

  http.post("https://payments.example/charges", ({ request }) => {
    const id = idempotencyKeyOf(request);
    ledger.charges.set(id, "charged");
    return HttpResponse.json({ id });
  }),
  http.post<{ id: string }>("https://payments.example/charges/:id/refund", ({ params: { id } }) => {
    ledger.charges.set(id, "refunded");
    return HttpResponse.json({});
  }),
);

server.events.on("request:start", ({ request }) => {
  requests.push(new URL(request.url).pathname);
});

/** Forgets what one test made of it. */
export function resetServices(): void {
  server.resetHandlers();
  ledger.charges.clear();
  ledger.reservations.clear();
  requests.length = 0;
}

/** What is neither paid back nor released. */
export const outstanding = () =>
  [...ledger.charges, ...ledger.reservations].filter(
    ([, state]) => state === "charged" || state === "reserved",
  );

/** By it a service knows that it has been asked before. */
export const idempotencyKeyOf = (request: Request) =>
  request.headers.get("idempotency-key") ?? "no key";

/** The warehouse has none of these. */
export const outOfStock = (sku: string) =>
  http.post("https://warehouse.example/reservations", ({ request }) =>
    idempotencyKeyOf(request).endsWith(`/${sku}`)
      ? new HttpResponse("out of stock", { status: 409 })
      : undefined,
  );

/** Nobody can pay. */
export const cardDeclined = () =>
  http.post(
    "https://payments.example/charges",
    () => new HttpResponse("insufficient funds", { status: 402 }),
  );
