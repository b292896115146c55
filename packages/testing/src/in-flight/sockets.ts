/**
 * Conversations over sockets: database clients, brokers, WebSockets, raw protocols.
 *
 * Owns: what happens on a socket that a conversation goes by. Connecting, TLS included; what is written asks;
 * what arrives answers; who listens waits.
 * Does not own: HTTP, which is counted by request; what a conversation makes of it (conversation.ts).
 *
 * 1. An answer that never comes keeps virtual time at real pace until the socket closes.
 */
import type { Socket } from "node:net";

import { isFunction, tapMethod } from "../surroundings/route.ts";
import { Conversations, listensOnce } from "./conversation.ts";
import type { Conversation, Partner } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import { isBeingRead } from "./node-streams.ts";

const { process } = globalThis;

/** Sockets that carry HTTP by undici, which node:http's own mark does not tell. */
export const httpSockets: WeakSet<object> = new WeakSet();

const conversations = new Conversations<Socket>();

export function tapSockets(): void {
  const { prototype } = process.getBuiltinModule("node:net").Socket;
  tapMethod(prototype, "write", asked);
  tapMethod(prototype, "end", (socket: Socket, [data]) => {
    if (data !== undefined && data !== null && !isFunction(data)) asked(socket);
  });
  tapMethod(prototype, "connect", connecting);
  // `once` calls it, too.
  for (const name of ["on", "addListener"]) tapMethod(prototype, name, listenerAdded);
  tapMethod(
    prototype,
    "push",
    (socket: Socket) => conversations.deliver(socket),
    (isDelivered) => {
      if (isDelivered) conversations.delivered();
    },
  );
}

function asked(socket: Socket): void {
  // Standard output has nobody to answer.
  if (socket.readable && !("isTTY" in socket)) conversationOn(socket)?.asked();
}

/** Until the connection stands; then for a server that speaks first. */
function connecting(socket: Socket): void {
  const conversation = conversationOn(socket);
  if (conversation === undefined) return;
  const connected = (): void => conversation.connected();
  socket.prependOnceListener("connect", connected);
  socket.prependOnceListener("secureConnect", connected);
}

/** What is listened to once is awaited; a listener that stays says no more than that somebody is there. */
function listenerAdded(socket: Socket, [event, listener]: readonly unknown[]): void {
  if (event !== "data" && event !== "readable") return;
  // A pipe of a child process: it is counted itself.
  if (!socket.connecting && socket.remoteAddress === undefined) return;
  conversationOn(socket)?.listenedTo(listensOnce(listener));
}

function conversationOn(socket: Socket): Conversation | undefined {
  const ledger = currentLedger();
  if (ledger === undefined || socket.destroyed || carriesHttp(socket)) return undefined;
  return conversations.of(socket, ledger, () => partnerOn(socket));
}

function partnerOn(socket: Socket): Partner {
  return {
    name: () => nameOf(socket),
    isOpen: () => !socket.destroyed && !socket.readableEnded && !carriesHttp(socket),
    isConnecting: () => socket.connecting || Reflect.get(socket, "secureConnecting") === true,
    hasListeners: () => isBeingRead(socket),
  };
}

/**
 * Whether JavaScript plays the other end of a socket, as libraries of mocks do (msw): nothing of what was written has
 * reached the system's own. What such an answer takes is seen by itself: timers and real work of this execution.
 */
export function isPlayed(socket: object): boolean {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return false;
  return (
    Reflect.get(handle, "bytesWritten") === 0 && Number(Reflect.get(socket, "bytesWritten")) > 0
  );
}

/** From now on what goes over the socket is counted by request. */
export function carriesRequests(socket: object): void {
  conversations.end(socket as Socket);
}

function carriesHttp(socket: Socket): boolean {
  // node:http's own mark for the request that a socket carries.
  const message: unknown = Reflect.get(socket, "_httpMessage");
  return (message !== undefined && message !== null) || httpSockets.has(socket);
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? "socket" : `socket ${remoteAddress}:${remotePort}`;
}
