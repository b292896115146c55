import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DurableError } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import { admit, hasToken, type ListeningAt } from "./admission.ts";
import { assetOf, pageHtml } from "./assets.ts";
import { isTaken } from "./endpoint.ts";
import { ListenError, PortTakenError, RequestRefusedError } from "./errors.ts";
import { readRequest } from "./request-body.ts";
import type { Reply, Request } from "./session.ts";
import type { Watchers } from "./watchers.ts";

/** What a server stands in front of. */
export interface Served {
  /** Does what the page asks for. */
  request(request: Request): Promise<Reply>;
  /** What a browser that comes is told first. */
  events(): readonly [event: string, data: unknown][];
  readonly watchers: Watchers;
}

interface ServerSettings {
  readonly host: string;
  readonly port: number;
  /** How many ports after it may be tried when it is taken. */
  readonly more: number;
  /** The secret of this start. */
  readonly token: string;
}

export interface DevServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Lambda takes no larger payload. */
const BODY_BYTES = 6_291_456;

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/**
 * The page, over HTTP.
 *
 * Owns: the socket, who is let in, what a request is.
 * Does not own: what a request comes to (`thread.ts`).
 *
 * 1. What changes something takes a POST of JSON with the secret of this start, from the page itself.
 * 2. When closing has resolved, no handle is left.
 *
 * @throws PortTakenError, ListenError
 */
export async function startDevServer(served: Served, settings: ServerSettings): Promise<DevServer> {
  const { host, token } = settings;
  let at: ListeningAt = { host, address: host, port: settings.port };
  const server = createServer((request, response) => {
    response.on("error", () => {});
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answer(request, response, { served, token, at }).catch((error: unknown) => {
      refuse(response, error);
    });
  });
  await listen(server, settings);
  const address = server.address() as AddressInfo;
  at = { host, address: address.address, port: address.port };
  return {
    url: urlOf(address),
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        served.watchers.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Context {
  readonly served: Served;
  readonly token: string;
  readonly at: ListeningAt;
}

/** @throws RequestRefusedError; what the session refuses. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { served, token, at }: Context,
): Promise<void> {
  admit(request.headers, at);
  const url = urlIn(request);
  const { method } = request;
  if (url.pathname === "/request") {
    if (method !== "POST") throw new RequestRefusedError(405, "This takes a POST.");
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
      throw new RequestRefusedError(415, "This takes application/json.");
    }
    const given = request.headers["x-durabletest-token"];
    assertToken(typeof given === "string" ? given : undefined, token);
    const reply = await replyTo(await readBody(request), served);
    send(response, 200, { type: "application/json", text: JSON.stringify(reply) });
    return;
  }
  if (method !== "GET") throw new RequestRefusedError(405, "This takes a GET.");
  if (url.pathname === "/events") {
    assertToken(url.searchParams.get("token") ?? undefined, token);
    served.watchers.add(response, served.events());
    return;
  }
  if (url.pathname === "/") {
    send(response, 200, { type: "text/html", text: pageHtml(token) });
    return;
  }
  const asset = url.pathname.startsWith("/page/") ? assetOf(url.pathname.slice(6)) : undefined;
  if (asset === undefined) throw new RequestRefusedError(404, `There is no ${url.pathname}.`);
  send(response, 200, asset);
}

/** @throws RequestRefusedError */
function urlIn({ url = "/" }: IncomingMessage): URL {
  const parsed = URL.parse(url, "http://localhost");
  if (parsed !== null) return parsed;
  throw new RequestRefusedError(400, `There is no address ${url}.`);
}

/**
 * What is refused to a person is an answer like another: a failed request would be an error in the console.
 *
 * @throws RequestRefusedError when it is no request.
 */
async function replyTo(body: string, served: Served): Promise<object> {
  try {
    return await served.request(readRequest(body));
  } catch (error) {
    if (RequestRefusedError.is(error)) throw error;
    return errorBody(error);
  }
}

/** @throws RequestRefusedError */
function assertToken(given: string | undefined, token: string): void {
  if (hasToken(given, token)) return;
  throw new RequestRefusedError(
    403,
    "This request does not carry the secret of this start. Load the page again.",
  );
}

/** @throws RequestRefusedError */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) {
      throw new RequestRefusedError(413, `The body has more than ${BODY_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = RequestRefusedError.is(error) ? error.status : 500;
  if (status === 413) response.setHeader("connection", "close");
  send(response, status, { type: "application/json", text: JSON.stringify(errorBody(error)) });
}

function errorBody(error: unknown): { readonly error: { code: string; message: string } } {
  const code = error instanceof DurableError ? error.code : "ERROR";
  return { error: { code, message: error instanceof Error ? error.message : String(error) } };
}

function send(
  response: ServerResponse,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** @throws PortTakenError, ListenError */
async function listen(server: Server, { host, port, more }: ServerSettings): Promise<void> {
  for (let tried = port; ; tried += 1) {
    try {
      await listenAt(server, host, tried);
      return;
    } catch (error) {
      if (!isTaken(error)) {
        const given = port === 0 ? host : `${host}, port ${tried}`;
        throw new ListenError(
          `Nobody can listen at ${given}: ${asError(error).message}. --host takes an address of this machine, --port a port that you may use.`,
          { cause: error },
        );
      }
      if (tried >= port + more) {
        throw new PortTakenError(
          `Somebody listens on port ${port} already: another durabletest dev? Give one of your own: --port ${port + 1}, or --port 0 for any that is free.`,
          { cause: error },
        );
      }
    }
  }
}

function listenAt(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}

/** Where this machine reaches it: an address that stands for all of them is none to open. */
function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address] ?? address;
  return `http://${family === "IPv6" ? `[${reachable}]` : reachable}:${port}/`;
}
