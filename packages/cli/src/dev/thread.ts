import { Worker } from "node:worker_threads";
import type { Io } from "../io.ts";
import { ThreadKilledError, RemoteError } from "./errors.ts";
import type { FromThread, ThreadSettings, ToThread } from "./messages.ts";
import type { ExecutionRecord } from "./open-execution.ts";
import type { Reply, Request } from "./session.ts";
import type { ExecutionView, SessionView } from "./views.ts";

/** How the thread is: it may be spinning in code of a handler, or gone for good. */
export type ThreadState = "loading" | "ready" | "unresponsive" | "down";

/** What is told of a session to whoever looks on. */
export interface ThreadListener {
  sessionChanged(): void;
  executionChanged(view: ExecutionView): void;
  closed(id: string): void;
  /** Code lies in these folders. */
  foldersChanged(folders: readonly string[]): void;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** How often the thread is asked whether it is there; what it has not answered by then, it is late for. */
const PING_MS = 700;

/**
 * The thread with the session, from outside.
 *
 * Owns: the thread; what executions can be made again of; what was asked and has not been answered.
 * Does not own: what goes on in there (`session.ts`), who asks (`server.ts`).
 *
 * 1. Whatever handlers do in there, requests are answered: at the latest when somebody has the thread killed.
 * 2. A thread that dies is followed by another, with the same executions: played again from what was recorded.
 */
export class SessionThread {
  readonly #settings: Omit<ThreadSettings, "records" | "notes">;
  readonly #listener: ThreadListener;
  readonly #io: Pick<Io, "sleep">;
  readonly #records = new Map<string, ExecutionRecord>();
  readonly #views = new Map<string, ExecutionView>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed = new AbortController();
  #worker: Worker | undefined;
  #state: ThreadState = "loading";
  #problem: string | undefined;
  /** What the thread that there is says of its end. */
  #lastWord: string | undefined;
  #session: SessionView = { functions: [], endpoint: undefined, version: 0 };
  #endpointPort: number;
  #asked = 0;
  /** How often it has died by itself since it last answered. */
  #deaths = 0;
  /** The last ping, and the last that was answered. */
  #pinged = 0;
  #ponged = 0;

  constructor(
    settings: Omit<ThreadSettings, "records" | "notes">,
    { io, listener }: { readonly io: Pick<Io, "sleep">; readonly listener: ThreadListener },
  ) {
    this.#settings = settings;
    this.#io = io;
    this.#listener = listener;
    this.#endpointPort = settings.endpoint.port;
  }

  get state(): ThreadState {
    return this.#state;
  }

  /** Why it is gone. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get session(): SessionView {
    return this.#session;
  }

  get executions(): readonly ExecutionView[] {
    return [...this.#views.values()];
  }

  start(): void {
    this.#spawn([]);
    void this.#watch();
  }

  /** @throws What the session refuses; ThreadKilledError when it is killed meanwhile. */
  async request(request: Request): Promise<Reply> {
    if (request.kind === "kill") {
      const busy = this.#goingOn(request.execution);
      if (busy !== undefined || this.#state === "unresponsive") {
        await this.#restart();
        return {};
      }
    }
    // Code that hangs while it is loaded is replaced by what it has become.
    if (request.kind === "reload" && this.#state !== "ready") {
      await this.#restart();
      return {};
    }
    return this.#ask(request);
  }

  /** Ends the thread; resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed.abort();
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#rejectAll("The session has been closed.");
  }

  #ask(request: Request): Promise<Reply> {
    const worker = this.#worker;
    if (worker === undefined) {
      return Promise.reject(
        new ThreadKilledError(this.#problem ?? "The thread that runs handlers is gone."),
      );
    }
    this.#asked += 1;
    const number = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { request, resolve, reject });
      this.#post(worker, { kind: "request", number, request });
    });
  }

  /** What an execution has been asked and has not come to rest after. */
  #goingOn(id: string): Request | undefined {
    const all = [...this.#waiting.values()].map(({ request }) => request);
    return (
      all.find((request) => "execution" in request && request.execution === id) ??
      // The one that is being started has no name to ask by yet.
      (this.#records.has(id) ? undefined : all.find(({ kind }) => kind === "start"))
    );
  }

  async #restart(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    const killed = [...this.#waiting.values()].flatMap(({ request }) =>
      "execution" in request && request.kind !== "close" ? request.execution : [],
    );
    this.#rejectAll(
      "It was killed: the thread of the handlers has been ended. Other executions have been made again.",
    );
    if (!this.#closed.signal.aborted) this.#spawn(killed);
  }

  #rejectAll(message: string): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(new ThreadKilledError(message));
  }

  /** @param killed - executions of which something was killed. */
  #spawn(killed: readonly string[]): void {
    this.#forgetUnrecorded();
    const text = "What was going on was killed. The execution is where it was before.";
    const { endpoint } = this.#settings;
    const workerData: ThreadSettings = {
      ...this.#settings,
      endpoint: { ...endpoint, port: this.#endpointPort },
      records: [...this.#records.values()],
      notes: killed.map((id) => ({ id, text })),
    };
    const worker = new Worker(workerFile(), { workerData, execArgv: execArgv() });
    this.#worker = worker;
    this.#lastWord = undefined;
    this.#pinged = 0;
    this.#ponged = 0;
    this.#set("loading");
    worker.on("message", (message: FromThread) => {
      if (this.#worker === worker) this.#heard(message);
    });
    worker.on("error", (error) => {
      if (this.#worker === worker) this.#lastWord = asText(error);
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#died();
    });
  }

  /** Views of what was never recorded: it was killed while it was started. */
  #forgetUnrecorded(): void {
    for (const id of this.#views.keys()) {
      if (this.#records.has(id)) continue;
      this.#views.delete(id);
      this.#listener.closed(id);
    }
  }

  /** By itself: an error in code of users that nobody catches, or an exit while it was loaded. */
  #died(): void {
    this.#worker = undefined;
    const message = `The thread of the handlers has died: ${this.#lastWord ?? "code in it has called process.exit"}`;
    const wasReady = this.#state === "ready" || this.#state === "unresponsive";
    this.#deaths += 1;
    this.#rejectAll(message);
    this.#problem = message;
    // One that dies again, and nobody has asked for anything in between, would do so for ever.
    if (wasReady && this.#deaths === 1) this.#spawn([]);
    else this.#set("down");
  }

  #heard(message: FromThread): void {
    switch (message.kind) {
      case "ready":
        this.#problem = undefined;
        this.#set("ready");
        this.#listener.foldersChanged(message.folders);
        return;
      case "failed":
        this.#lastWord = message.message;
        return;
      case "session": {
        this.#session = message.view;
        const { endpoint } = message.view;
        if (endpoint !== undefined) this.#endpointPort = Number(new URL(endpoint).port);
        this.#listener.foldersChanged(message.folders);
        this.#listener.sessionChanged();
        return;
      }
      case "execution": {
        const { view } = message;
        const picture = view.picture ?? this.#views.get(view.id)?.picture;
        this.#views.set(view.id, { ...view, picture });
        this.#listener.executionChanged({ ...view, picture });
        return;
      }
      case "recorded":
        this.#records.set(message.record.id, message.record);
        return;
      case "closed":
        this.#records.delete(message.id);
        this.#views.delete(message.id);
        this.#listener.closed(message.id);
        return;
      case "done":
        this.#deaths = 0;
        this.#waiting.get(message.number)?.resolve(message.reply);
        this.#waiting.delete(message.number);
        return;
      case "refused":
        this.#waiting.get(message.number)?.reject(new RemoteError(message.code, message.message));
        this.#waiting.delete(message.number);
        return;
      case "pong":
        this.#ponged = message.number;
        if (this.#state === "unresponsive") this.#set("ready");
    }
  }

  async #watch(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#io.sleep(PING_MS, this.#closed.signal);
      const worker = this.#worker;
      if (worker === undefined) continue;
      // Two in a row: one may just be late.
      if (this.#pinged - this.#ponged >= 2 && this.#state === "ready") this.#set("unresponsive");
      this.#pinged += 1;
      this.#post(worker, { kind: "ping", number: this.#pinged });
    }
  }

  #post(worker: Worker, message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    worker.postMessage(message);
  }

  #set(state: ThreadState): void {
    this.#state = state;
    this.#listener.sessionChanged();
  }
}

/** The file beside this one, as it stands or as it was built. */
function workerFile(): URL {
  return new URL(isSource() ? "session-worker.ts" : "session-worker.mjs", import.meta.url);
}

function isSource(): boolean {
  return import.meta.url.endsWith(".ts");
}

/** From source, inside of the workspace, the thread resolves packages to their sources, too. */
function execArgv(): string[] {
  if (!isSource()) return ["--no-warnings"];
  const types = process.features.typescript === false ? ["--experimental-strip-types"] : [];
  return ["--conditions=@durabletest/source", "--no-warnings", ...types];
}

function asText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
