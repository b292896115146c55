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

import { natives } from "../surroundings/natives.ts";
import { tickMade } from "./arrivals.ts";
import { currentLedger } from "./ledger.ts";
import type { InFlight, Work } from "./ledger.ts";
import { isBeingRead } from "./node-streams.ts";
import type { ReadableLike } from "./node-streams.ts";
import { portMade } from "./ports.ts";
import { carriesRequests, isPlayed } from "./sockets.ts";

interface Kind {
  /** Whether the end of the work is its destruction. */
  readonly endsDestroyed: boolean;
  begin(resource: object): Work;
}

const untilDestroyed = (name: string): Kind => ({
  endsDestroyed: true,
  begin: () => ({ name, status: () => "pending" }),
});

/** Work of which the resource itself tells how it stands. */
function judged<R extends object>(
  name: string,
  endsDestroyed: boolean,
  status: (resource: R) => ReturnType<Work["status"]>,
): Kind {
  return {
    endsDestroyed,
    // The type's name vouches for the shape of the resource; every field is optional all the same.
    begin: (resource) => ({ name, status: () => status(resource as R) }),
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
const cryptoJob = judged<{ ondone?: unknown }>("crypto", true, ({ ondone }) =>
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

/** A request over node:http: until its head has come, then for as long as somebody reads the body. */
const httpRequest: Kind = {
  endsDestroyed: true,
  begin(resource) {
    const { req } = resource as { readonly req?: HttpClientRequest };
    if (req === undefined) return untilDestroyed("request").begin(resource);
    if (req.socket !== undefined && req.socket !== null) carriesRequests(req.socket);
    return {
      name: `${req.method} ${req.protocol}//${req.getHeader("host") ?? ""}${req.path}`,
      mayBeWaitedFor: true,
      status() {
        const { res, socket } = req;
        if (res !== undefined && res !== null) return isBeingRead(res) ? "pending" : "idle";
        return socket !== undefined && socket !== null && isPlayed(socket) ? "idle" : "pending";
      },
    };
  },
};

interface HttpClientRequest {
  readonly method: string;
  readonly protocol: string;
  readonly path: string;
  readonly socket?: object | null;
  getHeader(name: "host"): string | undefined;
  readonly res?: ReadableLike | null;
}

/** A child process that nobody listens to is waited for by nobody, nor one that does not hold its parent open. */
const childProcess: Kind = {
  endsDestroyed: true,
  begin(resource) {
    const handle = resource as { hasRef?(): boolean };
    return {
      name: "child process",
      mayBeWaitedFor: true,
      status: () => (handle.hasRef?.() === false || !isChildHeard(handle) ? "idle" : "pending"),
    };
  },
};

interface ChildLike {
  listenerCount(event: string): number;
  readonly stdout?: ReadableLike | null;
  readonly stderr?: ReadableLike | null;
}

function isChildHeard(handle: object): boolean {
  const child = ownerOf(handle);
  if (child === undefined) return true;
  const { stdout, stderr } = child;
  return (
    ["exit", "close", "message", "disconnect"].some((event) => child.listenerCount(event) > 0) ||
    [stdout, stderr].some(
      (output) => output !== null && output !== undefined && isBeingRead(output),
    )
  );
}

/** Node keeps the object that users know under a symbol of its own. */
function ownerOf(handle: object): ChildLike | undefined {
  const key = Object.getOwnPropertySymbols(handle).find(
    ({ description }) => description === "owner_symbol",
  );
  return key && (Reflect.get(handle, key) as ChildLike | undefined);
}

/** What may call back at any time, or never: a server, a watcher. */
const open = (name: string): Kind => ({
  endsDestroyed: true,
  begin: () => ({ name, mayBeWaitedFor: true, status: () => "idle" }),
});

const kinds = new Map<string, Kind>([
  ["FSREQCALLBACK", untilDestroyed("file system")],
  ["FSREQPROMISE", untilDestroyed("file system")],
  ["FILEHANDLECLOSEREQ", untilDestroyed("file system")],
  ["GETADDRINFOREQWRAP", untilDestroyed("DNS lookup")],
  ["GETNAMEINFOREQWRAP", untilDestroyed("DNS lookup")],
  ["QUERYWRAP", untilDestroyed("DNS lookup")],
  ["TCPCONNECTWRAP", untilDestroyed("connection")],
  ["PIPECONNECTWRAP", untilDestroyed("connection")],
  ["WRITEWRAP", untilDestroyed("write to a socket")],
  ["SHUTDOWNWRAP", untilDestroyed("end of a socket")],
  ["UDPSENDWRAP", untilDestroyed("UDP message")],
  ["HTTP2STREAM", untilDestroyed("HTTP/2 stream")],
  ["HTTP2PING", untilDestroyed("HTTP/2 ping")],
  ["HTTPCLIENTREQUEST", httpRequest],
  ["PROCESSWRAP", childProcess],
  ["TCPSERVERWRAP", open("server")],
  ["PIPESERVERWRAP", open("server")],
  ["FSEVENTWRAP", open("file watcher")],
  ["SIGNALWRAP", open("signal")],
  ["BLOBREADER", blobReader],
  ["Timeout", realTimeout],
  // One stream of node:zlib, for as long as it lives: at work while it holds input.
  [
    "ZLIB",
    judged<{ buffer?: unknown }>("zlib", false, ({ buffer }) =>
      buffer === undefined || buffer === null ? "idle" : "pending",
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
      if (type === "TickObject") {
        tickMade();
        return;
      }
      if (type === "PROMISE" || type === "Microtask") return;
      if (type === "MESSAGEPORT") portMade(asyncId, resource);
      const ledger = currentLedger();
      if (ledger === undefined) return;
      if (type === "Immediate") {
        ledger.beginBrief();
        return;
      }
      const kind = kindOf(type);
      if (kind === undefined) return;
      const work = kind.begin(resource);
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
