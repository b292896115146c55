/**
 * Answers to datagrams that handler code sends.
 *
 * Owns: what happens on a datagram socket that a conversation goes by. Where nobody listens for an answer
 * (metrics), only the sending counts.
 * Does not own: sockets made before the first scope of the process and never seen since; for those
 * only the sending counts.
 */
import { subscribe } from "node:diagnostics_channel";

import { tapMethod } from "../surroundings/route.ts";
import { Conversations } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";

interface DatagramSocket {
  on(event: "close", listener: () => void): unknown;
  listenerCount(event: string): number;
  emit(event: string, ...args: readonly unknown[]): boolean;
  send(...args: readonly unknown[]): unknown;
}

const conversations = new Conversations<DatagramSocket>();

export function tapDatagrams(): void {
  let tapped = false;
  // Not from an import of node:dgram: few handlers have the module loaded at all.
  subscribe("udp.socket", (message) => {
    if (tapped) return;
    tapped = true;
    const { socket } = message as { readonly socket: DatagramSocket };
    const prototype = Object.getPrototypeOf(socket) as DatagramSocket;
    tapMethod(prototype, "send", sent);
    tapMethod(
      prototype,
      "emit",
      (self, [event]) => event === "message" && conversations.deliver(self),
      (isDelivered) => {
        if (isDelivered) conversations.delivered();
      },
    );
  });
}

function sent(socket: DatagramSocket): void {
  const ledger = currentLedger();
  if (ledger === undefined) return;
  conversations
    .of(socket, ledger, () => {
      let isClosed = false;
      socket.on("close", () => (isClosed = true));
      return {
        name: () => "datagram",
        isOpen: () => !isClosed,
        hasListeners: () => socket.listenerCount("message") > 0,
      };
    })
    .asked();
}
