import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What was asked of a fake Lambda. */
export interface LambdaRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What a fake Lambda answers. */
export interface LambdaAnswer {
  readonly status?: number;
  /** The exception's name, of an error. */
  readonly error?: string;
  /** Sent as JSON, or as it is if it is a text. */
  readonly body: unknown;
  /** Says no more before the headers, or in the middle of the body. */
  readonly stalls?: "before headers" | "in the body";
  /** Closes the connection then. */
  readonly hangsUp?: boolean;
}

/** A server with the one endpoint of Lambda that a test is about; it remembers what it was asked. */
export interface FakeLambda extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly LambdaRequest[];
  /** How many are open. */
  connections(): Promise<number>;
}

/** Starts one on a free port of the loopback interface. */
export async function startFakeLambda(
  answer: (request: LambdaRequest, number: number) => LambdaAnswer,
): Promise<FakeLambda> {
  const requests: LambdaRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void read(incoming).then((request) => {
      requests.push(request);
      const { status = 200, error, body, stalls, hangsUp } = answer(request, requests.length);
      if (stalls === "before headers") return;
      outgoing.statusCode = status;
      outgoing.setHeader("content-type", "application/json");
      if (error !== undefined) outgoing.setHeader("x-amzn-errortype", error);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      if (stalls === "in the body") {
        outgoing.setHeader("content-length", Buffer.byteLength(text));
        outgoing.write(text.slice(0, 1), () => {
          if (hangsUp === true) incoming.socket.destroy();
        });
        return;
      }
      outgoing.end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function read(incoming: IncomingMessage): Promise<LambdaRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(incoming.url ?? "/", "http://lambda.test");
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: text === "" ? undefined : JSON.parse(text),
  };
}
