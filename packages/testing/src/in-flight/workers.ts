/**
 * Conversations with worker threads and over message ports.
 *
 * Owns: when one is being waited for. A worker that was started or sent a message: until it says
 * something or exits. A port: for a while after it was made or something was posted to it, since its
 * other end is out of sight.
 * Does not own: this thread's own parent port, over which test frameworks report.
 */
import { subscribe } from "node:diagnostics_channel";
import type { MessagePort as Port, Worker } from "node:worker_threads";

import { conversation, heldForMs } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import type { Work } from "./ledger.ts";
import { natives } from "../surroundings/natives.ts";
import { tapMethod } from "../surroundings/route.ts";

const { process } = globalThis;

interface Heard {
  messages: number;
  exited: boolean;
}

const heardOf = new WeakMap<Worker, Heard>();

/** When something was last posted to a port, or when it was made. */
const lastPostedAt = new WeakMap<object, number>();

/** The work that an open port is, whoever waits at its other end. */
export function portWork(port: object): Work {
  const madeAt = natives.realNow();
  return {
    name: "message port",
    status: (now) => (now - (lastPostedAt.get(port) ?? madeAt) < heldForMs ? "pending" : "idle"),
  };
}

export function tapWorkers(): void {
  const { MessagePort, Worker, parentPort } = process.getBuiltinModule("node:worker_threads");
  /** Whether the post under way is a worker's own, which is counted as the worker's. */
  let byWorker = false;

  subscribe("worker_threads", (message) => {
    waitFor((message as { readonly worker: Worker }).worker, Infinity);
  });
  tapMethod(
    Worker.prototype,
    "postMessage",
    (worker: Worker, [, transferred]) => {
      // A port that goes along is for the answer.
      waitFor(worker, handsOver(transferred, MessagePort) ? heldForMs : Infinity);
      byWorker = true;
    },
    () => (byWorker = false),
  );
  tapMethod(MessagePort.prototype, "postMessage", (port: object, [message]) => {
    const ledger = currentLedger();
    if (ledger === undefined || byWorker || port === parentPort || isHousekeeping(message)) return;
    lastPostedAt.set(port, natives.realNow());
    // One that was made in this scope is in the ledger for as long as it is open.
    if (ledger.has(port)) ledger.beginBrief();
    else ledger.begin(port, portWork(port));
  });
}

/** Node's own messages between threads: what one prints, and that one has been started. */
const housekeeping = new Set<unknown>([
  "stdioPayload",
  "stdioWantsMoreData",
  "registerMainThreadPort",
  "unregisterMainThreadPort",
]);

function isHousekeeping(message: unknown): boolean {
  return (
    typeof message === "object" &&
    message !== null &&
    housekeeping.has(Reflect.get(message, "type"))
  );
}

/** Whether a transfer list, or the options that hold one, has a port in it. */
function handsOver(transferred: unknown, Ports: typeof Port): boolean {
  const options = transferred as { readonly transfer?: unknown } | undefined;
  const list = Array.isArray(transferred) ? transferred : options?.transfer;
  return Array.isArray(list) && list.some((item) => item instanceof Ports);
}

function waitFor(worker: Worker, patienceMs: number): void {
  const ledger = currentLedger();
  // Node's thread for module loaders is asked, and waited for, synchronously.
  if (ledger === undefined || "receiveMessageSync" in worker) return;
  const heard = heardOf.get(worker) ?? listen(worker);
  const work = conversation({
    name: "worker",
    heard: () => heard.messages,
    isOpen: () => !heard.exited,
    patienceMs,
  });
  ledger.begin(worker, work);
}

function listen(worker: Worker): Heard {
  const heard: Heard = { messages: 0, exited: false };
  worker.on("message", () => (heard.messages += 1));
  worker.on("exit", () => (heard.exited = true));
  heardOf.set(worker, heard);
  return heard;
}
