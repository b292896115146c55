/** What we know of our customers. Tests replace this module. */

const url = process.env["CUSTOMERS_URL"] ?? "http://customers.internal";

const numberAt = async (path: string) => Number(await (await fetch(`${url}/${path}`)).text());

/** How many of a customer's payments came back. */
export const countChargebacks = (customerId: string) => numberAt(`${customerId}/chargebacks`);

/** How many orders a customer made in the last hour. */
export const countRecentOrders = (customerId: string) => numberAt(`${customerId}/recent-orders`);
