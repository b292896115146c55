/**
 * A loopback HTTP server that speaks Lambda's durable execution API in front of test runners, for real
 * clients and for handlers with their production client.
 *
 * @packageDocumentation
 */
export type { DurableServerOptions } from "./options.ts";
export { type DurableServer, startDurableServer } from "./server.ts";
