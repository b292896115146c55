/**
 * Answers to datagrams that handler code sends.
 *
 * Owns: waiting for them, no longer than for what is held open: a datagram may go unanswered by
 * nature (metrics).
 * Does not own: sockets made before the first scope of the process and never seen since; for those
 * only the sending counts.
 */
import { subscribe } from "node:diagnostics_channel";

import { conversation, heldForMs } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import { tapMethod } from "../surroundings/route.ts";

interface DatagramSocket {
  on(event: "message" | "close", listener: () => void): unknown;
  send(...args: readonly unknown[]): unknown;
}

interface Heard {
  messages: number;
  closed: boolean;
}

export function tapDatagrams(): void {
  let tapped = false;
  // Not from an import of node:dgram: few handlers have the module loaded at all.
  subscribe("udp.socket", (message) => {
    if (tapped) return;
    tapped = true;
    const { socket } = message as { readonly socket: DatagramSocket };
    tapMethod(Object.getPrototypeOf(socket) as DatagramSocket, "send", sent);
  });
}

const heardOn = new WeakMap<DatagramSocket, Heard>();

function sent(socket: DatagramSocket): void {
  const ledger = currentLedger();
  if (ledger === undefined) return;
  const heard = heardOn.get(socket) ?? listen(socket);
  const work = conversation({
    name: "datagram",
    heard: () => heard.messages,
    isOpen: () => !heard.closed,
    patienceMs: heldForMs,
  });
  ledger.begin(socket, work);
}

function listen(socket: DatagramSocket): Heard {
  const heard: Heard = { messages: 0, closed: false };
  socket.on("message", () => (heard.messages += 1));
  socket.on("close", () => (heard.closed = true));
  heardOn.set(socket, heard);
  return heard;
}
