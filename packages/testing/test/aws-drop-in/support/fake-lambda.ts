import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Event, LambdaClient } from "@aws-sdk/client-lambda";

/** What the fake has been asked: `POST succeed`, and the body. */
interface Asked {
  readonly what: string;
  readonly body: string;
}

/** The parts of the Lambda API that a cloud runner uses, with a history that the test writes. */
export interface FakeLambda extends AsyncDisposable {
  readonly client: LambdaClient;
  readonly asked: readonly Asked[];
  /** What invocations were made with. */
  readonly invocations: readonly { readonly type: string | undefined; readonly body: string }[];
  /** The ARN that invocations answer with. */
  arn: string | undefined;
  /** How many times the history is refused before it is given. */
  refusals: number;
  pageSize: number;
  /** Appends to the history. Ids of events and times are filled in, one second apart. */
  tell(...events: readonly ToldEvent[]): void;
  /** Called with the last part of the path of what is sent to a callback. */
  onCallback: (what: string, body: string) => void;
}

/** An event as a test writes it. */
export type ToldEvent = Omit<Event, "EventId" | "EventTimestamp"> & {
  /** Seconds since the first event. Default: one more than the one before. */
  readonly at?: number;
};

/** Starts one, on a port of its own. */
export async function startFakeLambda(): Promise<FakeLambda> {
  const history: object[] = [];
  const asked: Asked[] = [];
  const invocations: { type: string | undefined; body: string }[] = [];
  let clock = Date.UTC(2025, 0, 1) / 1000;
  const start = clock;

  const answer = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const url = new URL(request.url ?? "/", "http://lambda");
    const what = url.pathname.split("/").at(-1) ?? "";
    const reply = (status: number, json: object, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(json));
    };
    if (what === "invocations") {
      const type = request.headers["x-amz-invocation-type"];
      invocations.push({ type: typeof type === "string" ? type : undefined, body });
      reply(200, {}, fake.arn === undefined ? {} : { "x-amz-durable-execution-arn": fake.arn });
      return;
    }
    asked.push({ what: `${request.method} ${what}`, body });
    if (what === "history") {
      if (fake.refusals > 0) {
        fake.refusals -= 1;
        reply(500, { message: "not now" }, { "x-amzn-errortype": "ServiceException" });
        return;
      }
      const from = Number(url.searchParams.get("Marker") ?? 0);
      const to = from + fake.pageSize;
      reply(200, {
        Events: history.slice(from, to),
        ...(to < history.length ? { NextMarker: String(to) } : {}),
      });
      return;
    }
    fake.onCallback(what, body);
    reply(200, {});
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, Buffer.concat(chunks).toString(), response));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = new LambdaClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    maxAttempts: 1,
  });
  const fake: FakeLambda = {
    client,
    asked,
    invocations,
    arn: "arn:aws:lambda:us-east-1:123456789012:function:orders:1/durable-execution/a/b",
    refusals: 0,
    pageSize: 1000,
    tell: (...events) => {
      for (const { at, ...event } of events) {
        clock = at === undefined ? clock + 1 : start + at;
        history.push(onTheWire({ EventId: history.length + 1, EventTimestamp: clock, ...event }));
      }
    },
    onCallback: () => {},
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return fake;
}

/** Times travel as seconds. */
function onTheWire(event: object): object {
  return JSON.parse(JSON.stringify(event), (key, value: unknown) =>
    key.endsWith("Timestamp") && typeof value === "string" ? Date.parse(value) / 1000 : value,
  ) as object;
}
