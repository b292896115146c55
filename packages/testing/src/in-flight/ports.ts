/**
 * Conversations over message ports.
 *
 * Owns: what happens to a port that a conversation goes by, and which ports have their other end elsewhere:
 * in another thread, or out of sight. Between two ends in this thread only a message on its way is waited for.
 * Does not own: this thread's own parent port, over which test frameworks report.
 */
import type { MessagePort as Port } from "node:worker_threads";

import { isFunction, tapMethod } from "../surroundings/route.ts";
import { Conversations } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import type { InFlight } from "./ledger.ts";

const { process } = globalThis;

const conversations = new Conversations<Port>();

/** The other end of a port, while it is in this thread. */
const otherEnd = new WeakMap<object, object>();

/** What Node calls with every message of a port: nothing that has a name is called for all of them. */
const deliver = Symbol.for("nodejs.internal.kHybridDispatch");

/** Over which workers are spoken to: they are counted as such. */
const workersPorts = new WeakSet<object>();

/** The first half of a channel that is being made. */
let lastMade: { readonly asyncId: number; readonly port: object } | undefined;

export function tapPorts(): void {
  const { MessagePort, parentPort } = process.getBuiltinModule("node:worker_threads");
  const { prototype } = MessagePort;
  tapMethod(prototype, "postMessage", (port: Port, [message, transferred]) => {
    portsSent(portsIn(transferred));
    const ledger = currentLedger();
    if (ledger === undefined || port === parentPort || housekeeping.has(typeOf(message))) return;
    if (workersPorts.has(port)) return;
    // Who answers is the other end: what it has been sent, where that is in this thread.
    conversationOver((otherEnd.get(port) as Port | undefined) ?? port, ledger).asked();
  });
  // `on` and `once` call it, too.
  tapMethod(prototype, "addEventListener", (port: Port, [type, , options]) => {
    const ledger = currentLedger();
    if (type !== "message" || ledger === undefined || port === parentPort) return;
    if (otherEnd.has(port) || workersPorts.has(port)) return;
    conversationOver(port, ledger).listenedTo(isOnceOption(options));
  });
  tapMethod(
    prototype,
    deliver,
    (port: Port, [, type]) => {
      if (type === "close") conversations.end(port);
      return type === "message" && conversations.deliver(port);
    },
    (isDelivered) => {
      if (isDelivered) conversations.delivered();
    },
  );
  tapMethod(prototype, "close", (port: Port) => conversations.end(port));
}

/** What goes over these is somebody else's: a worker's own. */
export function isWorkersPort(port: object): void {
  workersPorts.add(port);
  conversations.end(port as Port);
}

/** A port has been made: half of a channel, or one that has come from elsewhere. */
export function portMade(asyncId: number, port: object): void {
  // Nothing else is made between the halves of a channel.
  if (lastMade?.asyncId === asyncId - 1) {
    otherEnd.set(port, lastMade.port);
    otherEnd.set(lastMade.port, port);
    lastMade = undefined;
  } else {
    lastMade = { asyncId, port };
  }
}

/** Ports go elsewhere: their other ends have a partner there. */
export function portsSent(ports: readonly object[]): void {
  const ledger = currentLedger();
  for (const port of ports) {
    const stays = otherEnd.get(port) as Port | undefined;
    otherEnd.delete(port);
    conversations.end(port as Port);
    if (stays === undefined) continue;
    otherEnd.delete(stays);
    if (ledger !== undefined && listens(stays)) conversationOver(stays, ledger).listenedTo(false);
  }
}

/** The ports in a transfer list, or in the options that hold one. */
export function portsIn(transferred: unknown): readonly object[] {
  const options = transferred as { readonly transfer?: unknown } | null | undefined;
  const list = Array.isArray(transferred) ? transferred : options?.transfer;
  if (!Array.isArray(list)) return [];
  return list.filter((item: unknown): item is object => isPort(item));
}

function conversationOver(port: Port, ledger: InFlight): Conversation {
  return conversations.of(port, ledger, () => ({
    name: () => "message port",
    isOpen: () => true,
    hasListeners: () => listens(port),
    mayBegin: () => !otherEnd.has(port),
  }));
}

/** `onmessage` counts. */
function listens(port: Port): boolean {
  const listenerCount: unknown = Reflect.get(port, "listenerCount");
  return isFunction(listenerCount) && Number(Reflect.apply(listenerCount, port, ["message"])) > 0;
}

function isPort(item: unknown): boolean {
  return item instanceof process.getBuiltinModule("node:worker_threads").MessagePort;
}

function isOnceOption(options: unknown): boolean {
  return typeof options === "object" && options !== null && Reflect.get(options, "once") === true;
}

function typeOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, "type") : undefined;
}

/** Node's own messages between threads: what one prints, and that one has been started. */
const housekeeping = new Set<unknown>([
  "stdioPayload",
  "stdioWantsMoreData",
  "registerMainThreadPort",
  "unregisterMainThreadPort",
]);
