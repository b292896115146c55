/**
 * HTTP requests made with fetch, or with undici directly, which publishes the same events.
 *
 * Owns: when a request is being waited for. Until its head has come, always; then for as long as
 * the body moves, since a body may be held open for good (server-sent events).
 */
import { subscribe } from "node:diagnostics_channel";

import { heldForMs } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import type { InFlight } from "./ledger.ts";
import { httpSockets } from "./sockets.ts";
import { natives } from "../surroundings/natives.ts";

interface UndiciRequest {
  readonly method: string;
  readonly origin?: string | URL;
  readonly path: string;
  /** Set for a WebSocket: what follows its answer is a conversation over a socket. */
  readonly upgrade?: unknown;
}

interface UndiciMessage {
  readonly request: UndiciRequest;
}

interface UndiciHeaders extends UndiciMessage {
  readonly socket: object;
}

interface Exchange {
  readonly ledger: InFlight;
  /** When the head or a piece of the body last came. */
  lastSignAt: number | undefined;
}

const exchanges = new WeakMap<UndiciRequest, Exchange>();

export function tapFetch(): void {
  on("undici:request:create", ({ request }) => {
    const ledger = currentLedger();
    if (ledger === undefined || isUpgrade(request)) return;
    const exchange: Exchange = { ledger, lastSignAt: undefined };
    exchanges.set(request, exchange);
    ledger.begin(request, {
      name: `${request.method} ${String(request.origin)}${request.path}`,
      status: (now) =>
        exchange.lastSignAt === undefined || now - exchange.lastSignAt < heldForMs
          ? "pending"
          : "idle",
    });
  });
  subscribe("undici:client:sendHeaders", (message) => {
    const { request, socket } = message as UndiciHeaders;
    // A pooled connection may be the one that becomes a WebSocket.
    if (isUpgrade(request)) httpSockets.delete(socket);
    else httpSockets.add(socket);
  });
  on("undici:request:headers", moved);
  on("undici:request:bodyChunkReceived", moved);
  on("undici:request:trailers", ended);
  on("undici:request:error", ended);
}

function on(channel: string, listener: (message: UndiciMessage) => void): void {
  subscribe(channel, (message) => listener(message as UndiciMessage));
}

function isUpgrade({ upgrade }: UndiciRequest): boolean {
  return upgrade !== undefined && upgrade !== null && upgrade !== false;
}

function moved({ request }: UndiciMessage): void {
  const exchange = exchanges.get(request);
  if (exchange !== undefined) exchange.lastSignAt = natives.realNow();
}

function ended({ request }: UndiciMessage): void {
  exchanges.get(request)?.ledger.end(request);
}
