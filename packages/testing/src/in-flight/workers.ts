/**
 * Conversations with worker threads.
 *
 * Owns: what happens to a worker that a conversation goes by. Starting it asks, and so does a message; its
 * messages answer; its exit ends it.
 * Does not own: ports (ports.ts). A port that goes along with a message is for the answer.
 */
import { subscribe } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";

import { tapMethod } from "../surroundings/route.ts";
import { Conversations, listensOnce } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import { isWorkersPort, portsIn, portsSent } from "./ports.ts";

const { process } = globalThis;

const conversations = new Conversations<Worker>();

/** What says that somebody waits for a worker. */
const awaitedEvents = ["message", "exit", "error", "online", "messageerror"];

export function tapWorkers(): void {
  const { Worker: WorkerClass } = process.getBuiltinModule("node:worker_threads");
  const { prototype } = WorkerClass;
  subscribe("worker_threads", (message) => {
    const { worker } = message as { readonly worker: Worker };
    ownPorts(worker);
    asked(worker);
  });
  tapMethod(prototype, "postMessage", (worker: Worker, [, transferred]) => {
    // One that was made before anybody looked.
    ownPorts(worker);
    const ports = portsIn(transferred);
    if (ports.length === 0) asked(worker);
    else portsSent(ports);
  });
  for (const name of ["on", "addListener"]) {
    tapMethod(prototype, name, (worker: Worker, [event, listener]) => {
      if (event !== "message" && event !== "exit") return;
      conversationWith(worker)?.listenedTo(listensOnce(listener));
    });
  }
  tapMethod(
    prototype,
    "emit",
    (worker: Worker, [event]) => {
      if (event === "exit") conversations.end(worker);
      return event === "message" && conversations.deliver(worker);
    },
    (isDelivered) => {
      if (isDelivered) conversations.delivered();
    },
  );
}

/** Node keeps the ports to a worker under symbols of its own. */
function ownPorts(worker: Worker): void {
  for (const key of Object.getOwnPropertySymbols(worker)) {
    if (key.description !== "kPublicPort" && key.description !== "kPort") continue;
    const port: unknown = Reflect.get(worker, key);
    if (typeof port === "object" && port !== null) isWorkersPort(port);
  }
}

function asked(worker: Worker): void {
  conversationWith(worker)?.asked();
}

function conversationWith(worker: Worker): Conversation | undefined {
  const ledger = currentLedger();
  // Node's thread for module loaders is asked, and waited for, synchronously.
  if (ledger === undefined || "receiveMessageSync" in worker) return undefined;
  return conversations.of(worker, ledger, () => ({
    name: () => "worker",
    isOpen: () => true,
    hasListeners: () => awaitedEvents.some((event) => worker.listenerCount(event) > 0),
  }));
}
