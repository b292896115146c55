/**
 * Conversations over sockets that someone keeps open: database clients, brokers, raw protocols.
 *
 * Owns: when a socket is being waited for. Written to and not answered yet: yes. Answered: for a
 * little silence longer, since answers come in pieces. Otherwise an open socket is a pooled one.
 * Does not own: HTTP, which is counted by request.
 *
 * 1. An answer that never comes keeps virtual time at real pace until the socket closes.
 */
import type { Socket } from "node:net";

import { conversation, heldForMs } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import { tapMethod } from "../surroundings/route.ts";

const { process } = globalThis;

/** Sockets that carry HTTP by undici, which node:http's own mark does not tell. */
export const httpSockets: WeakSet<object> = new WeakSet();

export function tapSockets(): void {
  const { prototype } = process.getBuiltinModule("node:net").Socket;
  tapMethod(prototype, "write", asked);
  tapMethod(prototype, "end", (socket: Socket, [data]) => {
    if (data !== undefined && data !== null && typeof data !== "function") asked(socket);
  });
  tapMethod(prototype, "connect", connecting);
}

function asked(socket: Socket): void {
  const ledger = currentLedger();
  if (ledger === undefined || socket.destroyed || carriesHttp(socket)) return;
  // Standard output has nobody to answer.
  if (!socket.readable || "isTTY" in socket) return;
  const work = conversation({
    name: nameOf(socket),
    heard: () => socket.bytesRead,
    isOpen: () => !socket.destroyed,
    patienceMs: Infinity,
  });
  ledger.begin(socket, work);
}

/** Until the connection stands, TLS included; then, a while, for a server that speaks first. */
function connecting(socket: Socket): void {
  const ledger = currentLedger();
  if (ledger === undefined) return;
  let connectedAt: number | undefined;
  ledger.begin(socket, {
    name: "socket connecting",
    status(now) {
      if (socket.destroyed || carriesHttp(socket)) return "over";
      if (socket.connecting || Reflect.get(socket, "secureConnecting") === true) return "pending";
      if (socket.bytesRead > 0 || socket.bytesWritten > 0) return "over";
      connectedAt ??= now;
      return now - connectedAt < heldForMs ? "pending" : "over";
    },
  });
}

function carriesHttp(socket: Socket): boolean {
  // node:http's own mark for the request that a socket carries.
  const message: unknown = Reflect.get(socket, "_httpMessage");
  return (message !== undefined && message !== null) || httpSockets.has(socket);
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? "socket" : `socket ${remoteAddress}:${remotePort}`;
}
