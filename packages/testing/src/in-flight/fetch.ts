/**
 * HTTP requests made with fetch, or with undici directly, which publishes the same events.
 *
 * Owns: when a request is waited for. Until its head has come, always, if a real server is asked; then for as long
 * as somebody reads its body, however silent it is. A body that nobody reads is waited for by nobody.
 * Does not own: telling that a body is read (web-streams.ts).
 *
 * 1. Who reads is known of what the global fetch has returned. Of another's requests (undici itself, a fetch that
 *    was captured before) the body counts as read, unless it has come to a halt because nobody does.
 */
import { subscribe } from "node:diagnostics_channel";

import { once, routeMethod } from "../surroundings/route.ts";
import { storage } from "../surroundings/scope.ts";
import type { Scope } from "../surroundings/scope.ts";
import { currentLedger, keepLedger } from "./ledger.ts";
import type { InFlight, Work } from "./ledger.ts";
import { httpSockets, isPlayed } from "./sockets.ts";
import { isBeingPulled } from "./web-streams.ts";

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
  readonly socket: HttpSocket;
}

interface HttpSocket {
  readonly readableLength?: number;
}

/** One call of the global fetch: what it makes of the answers to its requests. */
interface Call {
  body?: ReadableStream | undefined;
}

interface Exchange {
  readonly ledger: InFlight;
  readonly call: Call | undefined;
  socket?: HttpSocket;
  hasHead: boolean;
}

const exchanges = new WeakMap<UndiciRequest, Exchange>();

/** By the scope in which its requests are made. */
const calls = new WeakMap<Scope, Call>();

export function tapUndici(): void {
  on("undici:request:create", ({ request }) => {
    const ledger = currentLedger();
    if (ledger === undefined || isUpgrade(request)) return;
    const scope = storage.getStore();
    const call = scope && calls.get(scope);
    const exchange: Exchange = { ledger, call, hasHead: false };
    exchanges.set(request, exchange);
    ledger.begin(request, {
      name: `${request.method} ${String(request.origin)}${request.path}`,
      mayBeWaitedFor: true,
      status: () => statusOf(exchange),
    });
  });
  subscribe("undici:client:sendHeaders", (message) => {
    const { request, socket } = message as UndiciHeaders;
    // A pooled connection may be the one that becomes a WebSocket.
    if (isUpgrade(request)) httpSockets.delete(socket);
    else httpSockets.add(socket);
    const exchange = exchanges.get(request);
    if (exchange !== undefined) exchange.socket = socket;
  });
  on("undici:request:headers", ({ request }) => {
    const exchange = exchanges.get(request);
    if (exchange !== undefined) exchange.hasHead = true;
  });
  on("undici:request:bodyChunkReceived", ({ request }) =>
    exchanges.get(request)?.ledger.beginBrief(),
  );
  on("undici:request:trailers", ended);
  on("undici:request:error", ended);
}

function statusOf({ call, socket, hasHead }: Exchange): ReturnType<Work["status"]> {
  if (!hasHead) return socket !== undefined && isPlayed(socket) ? "idle" : "pending";
  if (call !== undefined) {
    // The head is there, the response on its way to the handler.
    if (!("body" in call)) return "pending";
    return call.body !== undefined && isBeingPulled(call.body) ? "pending" : "idle";
  }
  return (socket?.readableLength ?? 0) > 0 ? "idle" : "pending";
}

/** Follows the responses of a realm's own fetch; a mock in its place answers by itself. */
export function tapFetch(realm: typeof globalThis): void {
  if (!String(realm.fetch).includes("undici")) return;
  once(realm.fetch, () =>
    routeMethod(realm, "fetch", (scope, args, native) => {
      if (currentLedger() === undefined) return native(...args);
      const call: Call = {};
      const calling = scope.view();
      calls.set(calling, call);
      const ledger = currentLedger();
      if (ledger !== undefined) keepLedger(calling, ledger);
      return storage.run(calling, async () => {
        const response = (await native(...args)) as Response;
        call.body = response.body ?? undefined;
        return response;
      });
    }),
  );
}

function on(channel: string, listener: (message: UndiciMessage) => void): void {
  subscribe(channel, (message) => listener(message as UndiciMessage));
}

function isUpgrade({ upgrade }: UndiciRequest): boolean {
  return upgrade !== undefined && upgrade !== null && upgrade !== false;
}

function ended({ request }: UndiciMessage): void {
  exchanges.get(request)?.ledger.end(request);
}
