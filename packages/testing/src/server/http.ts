import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { admit, type Allowed, corsHeaders, type ListeningAt } from "./admission.ts";
import { announceRequest, answerRequest } from "./api.ts";
import type { DurableService } from "./durable-service.ts";
import { ApiException, asApiException } from "./errors.ts";
import { writeJson } from "./wire.ts";

/**
 * The API over HTTP.
 *
 * Owns: the socket, reading requests, writing answers, what is too large, too slow or no HTTP at all.
 * Does not own: what a request means (`api.ts`), who may send one (`admission.ts`).
 *
 * Invariants
 * 1. Whatever a client sends, it gets an answer in the API's shape or its connection is closed; nothing
 *    it sends ends the process.
 * 2. When closing has resolved, no handle is left.
 */
export interface HttpServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Where a server listens, and what it puts up with. */
export interface HttpSettings {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly limits?: Partial<HttpLimits>;
  /** Default: nobody but who calls it by its address, and no page. */
  readonly allowed?: Allowed;
}

/** How much of a client's time and memory a server gives it. */
export interface HttpLimits {
  /** Of a request's body. */
  readonly bodyBytes: number;
  /** Of a checkpoint's. */
  readonly checkpointBytes: number;
  readonly headerBytes: number;
  /** Milliseconds until the headers are complete. */
  readonly headersMs: number;
  /** Milliseconds until the request is complete. */
  readonly requestMs: number;
}

const LIMITS: HttpLimits = {
  // Lambda takes no larger request.
  bodyBytes: 6_291_456,
  // Except a checkpoint: the result of an execution that is too large for an answer arrives in one.
  checkpointBytes: 4 * 6_291_456,
  headerBytes: 16_384,
  headersMs: 10_000,
  requestMs: 60_000,
};

/** A body that is too large is read on for a while, so that its sender gets to the answer. */
const DISCARDED_BODIES = 4;

/** Starts listening. */
export async function listen(service: DurableService, settings: HttpSettings): Promise<HttpServer> {
  const { host, port, allowed = { hosts: [], origins: [] } } = settings;
  const limits: HttpLimits = { ...LIMITS, ...settings.limits };
  let requestCount = 0;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(limits.headersMs / 2, 1_000),
  });
  let at: ListeningAt = { address: host, port };
  const answer = (
    request: IncomingMessage,
    response: ServerResponse,
    invite: () => void = () => {},
  ): void => {
    // The date would be a real one, in a world of virtual time; SDKs compare it with their clock.
    response.sendDate = false;
    requestCount += 1;
    response.setHeader("x-amzn-requestid", `request-${requestCount}`);
    const admitted = (): DurableService => {
      admit(request.headers, at, allowed);
      // A body that is not wanted is not asked for.
      invite();
      return service;
    };
    void handle(admitted, limits, request, response);
  };
  server.on("request", answer);
  server.on("checkContinue", (request, response) => {
    answer(request, response, () => response.writeContinue());
  });
  server.on("checkExpectation", answer);
  server.on("connect", (_, socket) => {
    refuse(socket, new ApiException("MethodNotAllowedException", "This server is no proxy."));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    refuse(socket, brokenHttp(error));
  });
  await start(server, host, port);
  const listening = server.address() as AddressInfo;
  at = listening;
  return { url: urlOf(listening), close: () => stop(server) };
}

/** Where this machine reaches it: an address that stands for all of them is none to connect to. */
function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address] ?? address;
  return `http://${family === "IPv6" ? `[${reachable}]` : reachable}:${port}`;
}

/** @param admitted - lets the request in, or throws. */
async function handle(
  admitted: () => DurableService,
  limits: HttpLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  let status = 200;
  let text: string;
  try {
    const service = admitted();
    const { method = "", url: target = "", headers } = request;
    for (const [name, value] of Object.entries(corsHeaders(headers.origin))) {
      response.setHeader(name, value);
    }
    if (method === "OPTIONS" && headers["access-control-request-method"] !== undefined) {
      response.writeHead(204).end();
      return;
    }
    const userAgent = request.headers["user-agent"];
    const isCheckpoint = announceRequest(service, { target, userAgent }) === "checkpoint";
    const body = await readBody(request, isCheckpoint ? limits.checkpointBytes : limits.bodyBytes);
    const contentType = headers["content-type"];
    text = writeJson(answerRequest(service, { method, target, contentType, body }));
  } catch (thrown) {
    const exception = asApiException(thrown);
    status = exception.status;
    text = exception.body;
    response.setHeader("x-amzn-errortype", exception.name);
    if (!request.complete) response.setHeader("connection", "close");
  }
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text, () => {
    if (!request.complete) request.destroy();
  });
}

/** @throws ApiException when it is larger, or encoded in a way that nobody here reads. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new ApiException(
      "UnsupportedMediaTypeException",
      `The body is encoded as ${encoding}; send it as it is.`,
    );
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > maxBytes * DISCARDED_BODIES) break;
  }
  if (bytes <= maxBytes) return Buffer.concat(chunks);
  throw new ApiException(
    "RequestTooLargeException",
    `The body of the request has more than ${maxBytes} bytes.`,
  );
}

/** Answers where there is no request to answer, and hangs up. */
function refuse(socket: Duplex, exception: ApiException): void {
  socket.on("error", () => {});
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { name, status, body } = exception;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      `x-amzn-errortype: ${name}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
    () => socket.destroy(),
  );
}

function brokenHttp({ code, message }: NodeJS.ErrnoException): ApiException {
  if (code === "HPE_HEADER_OVERFLOW") {
    return new ApiException("RequestHeaderFieldsTooLargeException", "The headers are too large.");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new ApiException("RequestTimeoutException", "The request took too long to arrive.");
  }
  return new ApiException("InvalidRequestContentException", `This is no HTTP: ${message}`);
}

function start(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      // An accept that fails (no descriptors left, say) is the client's loss.
      server.on("error", () => {});
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
