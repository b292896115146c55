/**
 * A loopback HTTP server that speaks Lambda's durable execution API in front of test runners, for real
 * clients and for handlers with their production client.
 *
 * @packageDocumentation
 */
export { type DurableServer, type DurableServerOptions, startDurableServer } from "./server.ts";
