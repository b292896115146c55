import { dirname, relative, resolve } from "node:path";
import type { Io } from "../io.ts";
import { moduleFileOf } from "../load-handler.ts";
import { type DevServer, startDevServer } from "./server.ts";
import type { Reply, Request } from "./session.ts";
import { SessionThread } from "./thread.ts";
import { FileWatch } from "./watch-files.ts";
import { Watchers } from "./watchers.ts";

/** Settings of a place to play. */
export interface DevSettings {
  readonly modules: readonly string[];
  readonly exportName?: string | undefined;
  readonly host: string;
  /** Undefined: the usual one, or one of those after it. */
  readonly port: number | undefined;
  readonly endpointPort?: number | undefined;
  /** A secret that nobody can guess. */
  readonly token: string;
}

/** A place to play, while it is open. */
export interface Dev {
  /** The page. */
  readonly url: string;
  /** Whether the usual port was taken. */
  readonly isElsewhere: boolean;
  request(request: Request): Promise<Reply>;
  close(): Promise<void>;
}

/** The page's port, unless another one is given. */
const USUAL_PORT = 4600;

/** How many ports after it are tried. */
const MORE_PORTS = 20;

/**
 * Opens a place to play with functions: the page, the thread that they run in, and an eye on their files.
 *
 * @throws PortTakenError, ListenError
 */
export async function openDev(settings: DevSettings, io: Pick<Io, "sleep" | "cwd">): Promise<Dev> {
  const { modules, exportName, host, port, endpointPort, token } = settings;
  const watchers = new Watchers();
  const files = new FileWatch(io, () => {
    // What cannot be loaded is on the page.
    thread.request({ kind: "reload" }).catch(() => {});
  });
  const session = (): [string, unknown] => [
    "session",
    {
      ...thread.session,
      functions: thread.session.functions.map((one) => ({ ...one, module: shown(one.module) })),
      thread: { state: thread.state, problem: thread.problem },
    },
  ];
  const shown = (module: string): string => relative(io.cwd, resolve(io.cwd, module)) || module;
  const thread = new SessionThread(
    {
      modules,
      cwd: io.cwd,
      exportName,
      endpoint: { host, port: endpointPort ?? 0 },
    },
    {
      io,
      listener: {
        sessionChanged: () => watchers.tell(...session()),
        executionChanged: (view) => watchers.tell("execution", view),
        closed: (id) => watchers.tell("closed", { id }),
        foldersChanged: (folders) => files.add(folders),
      },
    },
  );
  const server: DevServer = await startDevServer(
    {
      request: (request) => thread.request(request),
      events: () => [
        session(),
        ...thread.executions.map((view): [string, unknown] => ["execution", view]),
        ["complete", {}],
      ],
      watchers,
    },
    {
      host,
      port: port ?? USUAL_PORT,
      more: port === undefined ? MORE_PORTS : 0,
      token,
    },
  );
  // Also where a module has never been loaded, and is to be mended.
  files.add(modules.map((module) => dirname(moduleFileOf(module, io.cwd))));
  thread.start();
  return {
    url: server.url,
    isElsewhere: port === undefined && server.port !== USUAL_PORT,
    request: (request) => thread.request(request),
    close: async () => {
      files.close();
      await server.close();
      await thread.close();
    },
  };
}
