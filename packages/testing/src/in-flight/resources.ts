/**
 * Work that Node shows as an async resource: files, DNS, zlib, crypto, child processes, plain HTTP.
 *
 * Owns: which resource types are work, and how one is seen to be over.
 *
 * 1. The init hook runs for every nextTick and promise of the process: what is not work leaves it
 *    after a comparison or two.
 * 2. The destroy hook makes every nextTick of the process dearer. It is on from the first resource
 *    that needs it until the last scope ends; resources that show by themselves when they are over do
 *    not need it, nor would it do: they are destroyed with the next garbage collection.
 */
import { createHook } from "node:async_hooks";

import { heldForMs } from "./conversation.ts";
import { currentLedger } from "./ledger.ts";
import type { InFlight, Work } from "./ledger.ts";
import { portWork } from "./workers.ts";
import { natives } from "../surroundings/natives.ts";

interface Kind {
  /** Whether the end of the work is its destruction. */
  readonly endsDestroyed: boolean;
  begin(resource: object, type: string): Work;
}

const untilDestroyed: Kind = {
  endsDestroyed: true,
  begin: (_resource, type) => ({ name: type, status: () => "pending" }),
};

/** Work of which the resource itself tells how it stands. */
function judged<R extends object>(
  name: string | undefined,
  endsDestroyed: boolean,
  status: (resource: R) => ReturnType<Work["status"]>,
): Kind {
  return {
    endsDestroyed,
    // The type's name vouches for the shape of the resource; every field is optional all the same.
    begin: (resource, type) => ({ name: name ?? type, status: () => status(resource as R) }),
  };
}

/** A blob being streamed: at once from memory, in a moment from disk; it never tells when it is done. */
const blobReader: Kind = {
  endsDestroyed: false,
  begin() {
    const since = natives.realNow();
    return { name: "blob", status: (now) => (now - since < 100 ? "pending" : "over") };
  },
};

/** A job of node:crypto. A synchronous one has no `ondone`, and is done when it is first judged. */
const cryptoJob = judged<{ ondone?: unknown }>(undefined, true, ({ ondone }) =>
  typeof ondone === "function" ? "pending" : "over",
);

/** Made with a setTimeout that was captured before the globals were routed. */
const realTimeout = judged<{ _destroyed?: boolean; hasRef?(): boolean }>(
  "setTimeout (captured before durabletest was loaded)",
  false,
  (timeout) => {
    if (timeout._destroyed === true) return "over";
    return timeout.hasRef?.() === true ? "pending" : "idle";
  },
);

/** A request over node:http: until its head has come, then for as long as the body moves. */
const httpRequest: Kind = {
  endsDestroyed: true,
  begin(resource, type) {
    const { req } = resource as { readonly req?: HttpClientRequest };
    if (req === undefined) return untilDestroyed.begin(resource, type);
    let bytesSeen = -1;
    let lastSignAt = 0;
    return {
      name: `${req.method} ${req.protocol}//${req.getHeader("host") ?? ""}${req.path}`,
      status(now) {
        if (req.res === undefined || req.res === null) return "pending";
        const bytes = req.res.socket?.bytesRead ?? bytesSeen;
        if (bytes !== bytesSeen) {
          bytesSeen = bytes;
          lastSignAt = now;
        }
        return now - lastSignAt < heldForMs ? "pending" : "idle";
      },
    };
  },
};

interface HttpClientRequest {
  readonly method: string;
  readonly protocol: string;
  readonly path: string;
  getHeader(name: "host"): string | undefined;
  readonly res?: { readonly socket?: { readonly bytesRead: number } | null } | null;
}

const kinds = new Map<string, Kind>([
  ["FSREQCALLBACK", untilDestroyed],
  ["FSREQPROMISE", untilDestroyed],
  ["FILEHANDLECLOSEREQ", untilDestroyed],
  ["GETADDRINFOREQWRAP", untilDestroyed],
  ["GETNAMEINFOREQWRAP", untilDestroyed],
  ["QUERYWRAP", untilDestroyed],
  ["TCPCONNECTWRAP", untilDestroyed],
  ["PIPECONNECTWRAP", untilDestroyed],
  ["WRITEWRAP", untilDestroyed],
  ["SHUTDOWNWRAP", untilDestroyed],
  ["UDPSENDWRAP", untilDestroyed],
  ["HTTP2STREAM", untilDestroyed],
  ["HTTP2PING", untilDestroyed],
  ["HTTPCLIENTREQUEST", httpRequest],
  ["MESSAGEPORT", { endsDestroyed: true, begin: portWork }],
  ["BLOBREADER", blobReader],
  ["Timeout", realTimeout],
  // One stream of node:zlib, for as long as it lives: at work while it holds input.
  [
    "ZLIB",
    judged<{ buffer?: unknown }>("zlib", false, ({ buffer }) =>
      buffer === undefined || buffer === null ? "idle" : "pending",
    ),
  ],
  // A child that does not hold its parent open is nothing that is waited for.
  [
    "PROCESSWRAP",
    judged<{ hasRef?(): boolean }>("child process", true, (child) =>
      child.hasRef?.() === false ? "idle" : "pending",
    ),
  ],
]);

function kindOf(type: string): Kind | undefined {
  return kinds.get(type) ?? (type.endsWith("REQUEST") ? cryptoJob : undefined);
}

/** The hooks that write async resources into the ledger of the code that made them. */
export function resourceHooks(): { enable(): void; disable(): void } {
  /** Which ledger a resource is in, by its async id. */
  const ledgers = new Map<number, { readonly ledger: InFlight; readonly key: unknown }>();
  let seesDestruction = false;

  const destroyHook = createHook({
    destroy(asyncId) {
      const entry = ledgers.get(asyncId);
      entry?.ledger.end(entry.key);
    },
  });

  const initHook = createHook({
    trackPromises: false,
    init(asyncId, type, _trigger, resource) {
      if (type === "TickObject" || type === "PROMISE" || type === "Microtask") return;
      const ledger = currentLedger();
      if (ledger === undefined) return;
      if (type === "Immediate") {
        ledger.beginBrief();
        return;
      }
      const kind = kindOf(type);
      if (kind === undefined) return;
      const work = kind.begin(resource, type);
      if (kind.endsDestroyed) {
        if (!seesDestruction) {
          seesDestruction = true;
          destroyHook.enable();
        }
        ledgers.set(asyncId, { ledger, key: resource });
        work.forgotten = () => ledgers.delete(asyncId);
      }
      ledger.begin(resource, work);
    },
  });

  return {
    enable: () => void initHook.enable(),
    disable() {
      initHook.disable();
      if (!seesDestruction) return;
      seesDestruction = false;
      destroyHook.disable();
      ledgers.clear();
    },
  };
}
