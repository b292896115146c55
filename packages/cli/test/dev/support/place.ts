import { request as httpRequest } from "node:http";
import { afterEach } from "vitest";
import { type Dev, type DevSettings, openDev } from "../../../src/dev/dev.ts";
import type { ExecutionView, SessionView } from "../../../src/dev/views.ts";

/** A place to play that is open, and what its page is told. */
export interface Place {
  readonly dev: Dev;
  readonly port: number;
  /** The newest views, by id. */
  readonly executions: ReadonlyMap<string, ExecutionView>;
  readonly session: () => Told | undefined;
  /** Waits until something is so; the tests of a page's events have no better way to say when. */
  until<T>(what: () => T | undefined | false): Promise<T>;
  readonly send: (options: SendOptions) => Promise<Answer>;
  /** Asks as the page does. */
  ask(request: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export interface Told extends SessionView {
  readonly thread: { readonly state: string; readonly problem: string | undefined };
}

interface SendOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export const TOKEN = "a-secret-of-this-test";

const open: Place[] = [];

afterEach(async () => {
  for (const place of open.splice(0)) await place.close();
});

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Closed after the test. */
export async function openPlace(
  cwd: string,
  modules: readonly string[],
  settings: Partial<DevSettings> = {},
): Promise<Place> {
  const dev = await openDev(
    { modules, host: "127.0.0.1", port: 0, token: TOKEN, ...settings },
    { cwd, sleep },
  );
  const { port, host } = new URL(dev.url);
  const executions = new Map<string, ExecutionView>();
  let session: Told | undefined;
  const send = ({ method = "GET", path = "/", headers = {}, body }: SendOptions): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: "127.0.0.1", port, method, path, headers: { host, ...headers } },
        (response) => {
          let text = "";
          response.on("data", (chunk) => (text += String(chunk)));
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  const stopListening = listen(`${dev.url}events?token=${TOKEN}`, (event, data) => {
    if (event === "session") session = data as Told;
    if (event === "execution") {
      const view = data as ExecutionView;
      executions.set(view.id, view);
    }
    if (event === "closed") executions.delete((data as { id: string }).id);
  });
  const place: Place = {
    dev,
    port: Number(port),
    executions,
    session: () => session,
    until: async (what) => {
      for (;;) {
        const found = what();
        if (found !== undefined && found !== false) return found;
        await sleep(15);
      }
    },
    send,
    ask: async (request) => {
      const { text } = await send({
        method: "POST",
        path: "/request",
        headers: { "content-type": "application/json", "x-durabletest-token": TOKEN },
        body: JSON.stringify(request),
      });
      return JSON.parse(text) as Record<string, unknown>;
    },
    close: async () => {
      stopListening();
      await dev.close();
    },
  };
  open.push(place);
  return place;
}

/** As a browser does it. */
function listen(url: string, heard: (event: string, data: unknown) => void): () => void {
  const request = httpRequest(url, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      const messages = text.split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) {
        const [, event = "", data = "null"] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? [];
        heard(event, JSON.parse(data));
      }
    });
    response.on("error", () => {});
  });
  request.on("error", () => {});
  request.end();
  return () => request.destroy();
}
