import { connect, type Socket } from "node:net";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpLimits, type HttpServer, listen } from "../../src/server/http.ts";
import { limitMs, parameters } from "../property/settings.ts";
import { rejectionOf, send } from "./support/clients.ts";
import { fakeService } from "./support/fake-service.ts";

const host = "127.0.0.1";
/** How the raw requests below call it. */
const settings = { host, port: 0, allowed: { hosts: ["a"], origins: [] } };
const json = { "content-type": "application/json" };

let server: HttpServer;
const service = fakeService();
beforeAll(async () => {
  server = await listen(service, settings);
});
afterAll(() => server.close());

async function serverWith(limits: Partial<HttpLimits>): Promise<HttpServer & AsyncDisposable> {
  const limited = await listen(fakeService(), { ...settings, limits });
  return { ...limited, [Symbol.asyncDispose]: limited.close };
}

function open({ url }: HttpServer): Socket {
  const socket = connect({ host, port: Number(new URL(url).port) });
  socket.on("error", () => {});
  return socket;
}

/** Everything a socket receives until it is closed. */
function received(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("close", () => {
      resolve(text);
    });
  });
}

/** Sends text as it is, and gives what comes back until the server hangs up. */
function exchange(to: HttpServer, text: string): Promise<string> {
  const socket = open(to);
  const all = received(socket);
  socket.write(text);
  return all;
}

/** The status and the body of one raw answer. */
function parsed(answer: string): { readonly status: number; readonly body: unknown } {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 \d{3} /);
  expect(head.toLowerCase()).toContain("content-type: application/json");
  return { status: Number(head.slice(9, 12)), body: JSON.parse(body) };
}

const refusal = (text: string) => ({
  Type: "User",
  message: expect.stringContaining(text) as string,
  Message: expect.stringContaining(text) as string,
});

const isAlive = async (): Promise<boolean> => {
  const { status } = await send(server, "POST", "durable-execution-callbacks/cb/heartbeat");
  return status === 200;
};

describe("a path", () => {
  test.for([
    "",
    "durable-executions",
    "durable-executions/",
    "durable-executions//history",
    "durable-executions/a/history/",
    "durable-executions/a/b/history",
    "durable-executions/a/History",
    "durable-execution-callbacks/cb",
    "durable-execution-callbacks/cb/succeed/more",
    "functions/f/invocations",
    "functions/durable-executions",
    "__proto__/a/b",
    "..%2F..%2Fetc%2Fpasswd",
    "*/a",
    "durable-executions/*/*",
  ])("that leads nowhere is not found: %s", async (path) => {
    for (const method of ["GET", "POST"]) {
      expect(await send(server, method, path)).toMatchObject({
        status: 404,
        errorType: "UnknownOperationException",
        contentType: "application/json",
        body: refusal("This server has no"),
      });
    }
  });

  test.for([
    "/",
    "/2025-12-01",
    "/2015-03-31/functions",
    "/2025-12-02/durable-executions/a",
    "/../../../../etc/passwd",
    "/2025-12-01/../2025-12-01/durable-executions/a",
    "//2025-12-01/durable-executions/a",
    "/2025-12-01/durable-executions/a#history/../..",
    "*",
    "http://169.254.169.254/latest/meta-data",
    "/2025-12-01\\durable-executions\\a",
  ])("that is none of the API's is not found: %s", async (target) => {
    const method = target === "*" ? "OPTIONS" : "GET";
    const answer = await exchange(
      server,
      `${method} ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    );
    expect(parsed(answer)).toEqual({ status: 404, body: refusal("This server has no") });
  });

  test.for(["%", "%zz", "%ff", "%c3%28", "a%2"])(
    "is refused where its encoding is broken: %s",
    async (segment) => {
      const target = `/2025-12-01/durable-executions/${segment}/history`;
      const answer = await exchange(
        server,
        `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
      );
      expect(parsed(answer)).toEqual({ status: 400, body: refusal("percent-encoded") });
    },
  );

  test.for(["%00", "__proto__", "constructor", "%2e%2e%2f%2e%2e", "%F0%9F%92%A9", "%20", "%25"])(
    "is only ever a name: %s",
    async (segment) => {
      service.calls.length = 0;
      expect(await send(server, "GET", `durable-executions/${segment}`)).toMatchObject({
        status: 200,
      });
      expect(service.calls).toEqual([["execution", decodeURIComponent(segment)]]);
    },
  );

  test("may be as long as headers may", async () => {
    const path = `durable-executions/${"a".repeat(8_000)}`;
    expect(await send(server, "GET", path)).toMatchObject({ status: 200 });
    const answer = await exchange(
      server,
      `GET /2025-12-01/${"a".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
    );
    expect(parsed(answer)).toEqual({ status: 431, body: refusal("headers are too large") });
  });

  test("may be asked for in one way", async () => {
    for (const [method, path, allowed] of [
      ["POST", "durable-executions/a", "GET"],
      ["GET", "durable-executions/a/checkpoint", "POST"],
      ["PUT", "durable-executions/a/checkpoint", "POST"],
      ["DELETE", "durable-executions/a", "GET"],
      ["PATCH", "durable-execution-callbacks/cb/succeed", "POST"],
      ["POST", "functions/f/durable-executions", "GET"],
    ] as const) {
      expect(await send(server, method, path)).toMatchObject({
        status: 405,
        errorType: "MethodNotAllowedException",
        body: refusal(`takes ${allowed}, not "${method}"`),
      });
    }
    const head = await fetch(`${server.url}/2025-12-01/durable-executions/a`, { method: "HEAD" });
    expect(head.status).toBe(405);
  });
});

describe("a body", () => {
  const succeed = "durable-execution-callbacks/cb/succeed";
  const limit = 6_291_456;

  test("may be as large as the service takes it, and no larger", async () => {
    service.calls.length = 0;
    const most = new Uint8Array(limit).fill(0x61);
    expect(await send(server, "POST", succeed, { body: most })).toMatchObject({ status: 200 });
    expect(service.calls).toHaveLength(1);
    const more = new Uint8Array(limit + 1).fill(0x61);
    expect(await send(server, "POST", succeed, { body: more })).toMatchObject({
      status: 413,
      errorType: "RequestTooLargeException",
      body: refusal(`more than ${limit} bytes`),
    });
    expect(service.calls).toHaveLength(1);
  });

  test("of a checkpoint may be larger: the result of an execution may be in it", async () => {
    service.calls.length = 0;
    const checkpoint = JSON.stringify({ CheckpointToken: "t-1", Updates: [] }).padEnd(limit + 1);
    const target = "durable-executions/arn/checkpoint";
    const headers = { "content-type": "application/json" };
    const body = Buffer.from(checkpoint);
    expect(await send(server, "POST", target, { body, headers })).toMatchObject({ status: 200 });
    expect(service.calls).toHaveLength(1);
  });

  test("is counted as it comes where its length is not told", async () => {
    await using small = await serverWith({ bodyBytes: 1_000 });
    const chunk = `${(400).toString(16)}\r\n${"a".repeat(400)}\r\n`;
    const head = `POST /2025-12-01/${succeed} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n`;
    expect(parsed(await exchange(small, `${head}${chunk.repeat(2)}0\r\n\r\n`)).status).toBe(200);
    expect(parsed(await exchange(small, `${head}${chunk.repeat(3)}0\r\n\r\n`)).status).toBe(413);
  });

  test("that goes on and on is hung up on", async () => {
    await using small = await serverWith({ bodyBytes: 1_000 });
    const socket = open(small);
    const all = received(socket);
    socket.write(
      `POST /2025-12-01/${succeed} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const flood = (): void => {
      if (socket.writable) socket.write(`400\r\n${"a".repeat(0x400)}\r\n`, flood);
    };
    flood();
    await all;
    expect(socket.destroyed).toBe(true);
    expect(await send(small, "POST", succeed)).toMatchObject({ status: 200 });
  });

  test.for([
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/jsonp", 415],
    ["json", 415],
    [undefined, 200],
    ["application/json", 200],
    ["Application/JSON; charset=UTF-8", 200],
    ["application/x-amz-json+json", 200],
  ] as const)("of the type %s is answered with %i", async ([type, status]) => {
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    const path = "durable-execution-callbacks/cb/fail";
    // Bytes have no type of their own.
    const body = new TextEncoder().encode("{}");
    expect(await send(server, "POST", path, { body, headers })).toMatchObject({
      status,
      errorType: status === 415 ? "UnsupportedMediaTypeException" : null,
    });
  });

  test("that is compressed is refused", async () => {
    for (const encoding of ["gzip", "br", "x"]) {
      const headers = { ...json, "content-encoding": encoding };
      const path = "durable-execution-callbacks/cb/fail";
      expect(await send(server, "POST", path, { body: "{}", headers })).toMatchObject({
        status: 415,
        errorType: "UnsupportedMediaTypeException",
        body: refusal(encoding),
      });
    }
  });

  test("may be nested without end", async () => {
    const path = "durable-executions/a/checkpoint";
    for (const [from, to] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const deep = `${from.repeat(200_000)}1${to.repeat(200_000)}`;
      for (const body of [deep, `{"CheckpointToken":"t","Updates":${deep},"More":${deep}}`]) {
        expect(await send(server, "POST", path, { body, headers: json })).toMatchObject({
          status: 400,
        });
      }
      const body = `{"CheckpointToken":"t","More":${deep}}`;
      expect(await send(server, "POST", path, { body, headers: json })).toMatchObject({
        status: 200,
      });
    }
  });

  test("that stops in the middle ends with its connection", async () => {
    const socket = open(server);
    await new Promise<void>((resolve) => {
      socket.write(
        `POST /2025-12-01/${succeed} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf`,
        () => {
          resolve();
        },
      );
    });
    const closed = received(socket);
    socket.destroy();
    await closed;
    expect(await isAlive()).toBe(true);
  });

  test("is waited for when the client asks first", async () => {
    const socket = open(server);
    const all = received(socket);
    const head = `POST /2025-12-01/${succeed} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2`;
    socket.write(`${head}\r\nexpect: 100-continue\r\n\r\n`);
    socket.once("data", () => socket.write("42"));
    const text = await all;
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    expect(parsed(text.slice(text.indexOf("\r\n\r\n") + 4)).status).toBe(200);
    const other = await exchange(server, `${head}\r\nexpect: tea\r\n\r\n42`);
    expect(parsed(other).status).toBe(200);
  });
});

describe("a connection", () => {
  test.for([
    "hello\r\n\r\n",
    "\0\0\0\0\0\0\0\0",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "BREW /pot HTTP/1.1\r\nhost: a\r\n\r\n",
  ])("that speaks no HTTP is told so, and closed: %j", async (text) => {
    const answer = await exchange(server, text);
    expect(parsed(answer)).toEqual({ status: 400, body: refusal("This is no HTTP") });
    expect(await isAlive()).toBe(true);
  });

  test("is no tunnel", async () => {
    const answer = await exchange(server, "CONNECT example.com:443 HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(parsed(answer)).toEqual({ status: 405, body: refusal("no proxy") });
  });

  test("stays HTTP", async () => {
    const answer = await exchange(
      server,
      "GET /2025-12-01/durable-executions/a HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n",
    );
    expect(parsed(answer).status).toBe(200);
  });

  test("whose headers are too large is told so, and closed", async () => {
    const answer = await exchange(
      server,
      `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${"a".repeat(20_000)}\r\n\r\n`,
    );
    expect(parsed(answer)).toEqual({ status: 431, body: refusal("headers are too large") });
  });

  test("that sends its headers too slowly is told so, and closed", async () => {
    await using hasty = await serverWith({ headersMs: 40, requestMs: 80 });
    const answer = await exchange(hasty, "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ");
    expect(parsed(answer)).toEqual({ status: 408, body: refusal("too long to arrive") });
  });

  test("that sends its body too slowly is closed", async () => {
    await using hasty = await serverWith({ headersMs: 40, requestMs: 80 });
    const answer = await exchange(
      hasty,
      "POST /2025-12-01/durable-execution-callbacks/cb/succeed HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nslow",
    );
    expect(parsed(answer)).toEqual({ status: 408, body: refusal("too long to arrive") });
  });

  test("may bring several requests at once", async () => {
    const request = (path: string, more = "") =>
      `GET /2025-12-01/${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
    const text = await exchange(
      server,
      `${request("durable-executions/a")}${request("nowhere")}${request("durable-executions/b", "connection: close\r\n")}`,
    );
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual([
      "HTTP/1.1 200",
      "HTTP/1.1 404",
      "HTTP/1.1 200",
    ]);
  });
});

describe("closing", () => {
  test("hangs up on everybody, and refuses what comes later", async () => {
    const closing = await listen(fakeService(), { host, port: 0 });
    await fetch(`${closing.url}/2025-12-01/durable-executions/a`);
    const idle = open(closing);
    const busy = open(closing);
    await Promise.all(
      [idle, busy].map(
        (socket) =>
          new Promise((done) => {
            socket.once("connect", done);
          }),
      ),
    );
    busy.write("POST /2025-12-01/durable-execution-callbacks/cb/succeed HTTP/1.1\r\ncontent-");
    const both = Promise.all([received(idle), received(busy)]);
    await closing.close();
    expect(await both).toEqual(["", ""]);
    await closing.close();
    const error = await rejectionOf(fetch(closing.url));
    expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });
});

describe("whatever a client sends", () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "2025-12-01",
      "durable-executions",
      "durable-execution-callbacks",
      "functions",
      "checkpoint",
      "state",
      "history",
      "stop",
      "succeed",
      "fail",
      "heartbeat",
      "__proto__",
      "..",
      "%",
      "%00",
      "",
    ),
    fc.string(),
    fc.string({ unit: "binary" }).map((text) => encodeURIComponent(text)),
  );
  const known = fc
    .tuple(
      fc.constantFrom(
        ["durable-executions", "/checkpoint"],
        ["durable-executions", "/state"],
        ["durable-executions", "/history"],
        ["durable-executions", "/stop"],
        ["durable-executions", ""],
        ["functions", "/durable-executions"],
        ["durable-execution-callbacks", "/succeed"],
        ["durable-execution-callbacks", "/fail"],
        ["durable-execution-callbacks", "/heartbeat"],
      ),
      segment,
    )
    .map(([[before, after], subject]) => `/2025-12-01/${before}/${subject}${after}`);
  const path = fc.oneof(
    known,
    fc.array(segment).map((segments) => `/${segments.join("/")}`),
  );
  const query = fc.oneof(
    fc.constant(""),
    fc
      .dictionary(
        fc.oneof(
          fc.constantFrom("MaxItems", "Marker", "ReverseOrder", "Statuses", "StartedAfter"),
          fc.string(),
        ),
        fc.oneof(fc.constantFrom("1", "true", "2025-01-01T00:00:00Z"), fc.string()),
      )
      .map((values) => `?${new URLSearchParams(values).toString()}`),
    fc.string().map((text) => `?${text}`),
  );
  const update = fc.record(
    {
      Id: fc.oneof(fc.string(), fc.jsonValue()),
      Type: fc.oneof(fc.constantFrom("STEP", "WAIT", "CALLBACK", "CONTEXT"), fc.jsonValue()),
      Action: fc.oneof(fc.constantFrom("START", "SUCCEED", "RETRY"), fc.jsonValue()),
      Payload: fc.oneof(fc.string(), fc.jsonValue()),
      Error: fc.jsonValue(),
      StepOptions: fc.jsonValue(),
      ["__proto__"]: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
    fc
      .record(
        {
          CheckpointToken: fc.oneof(fc.string(), fc.jsonValue()),
          Updates: fc.oneof(fc.array(update), fc.jsonValue()),
          ClientToken: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  const type = fc.constantFrom("application/json", "text/plain", "application/octet-stream", "x");

  propertyTest.prop(
    [fc.constantFrom("GET", "POST", "PUT", "OPTIONS"), path, query, type, body],
    parameters(0.25),
  )(
    "it is answered in JSON",
    async (method, target, search, contentType, sent) => {
      fc.pre(URL.canParse(`${target}${search}`, "http://a"));
      const { pathname, search: encoded } = new URL(`${target}${search}`, "http://a");
      const response = await fetch(`${server.url}${pathname}${encoded}`, {
        method,
        headers: { "content-type": contentType },
        ...(method === "GET" ? {} : { body: Buffer.from(sent) }),
      });
      expect(response.headers.get("content-type")).toBe("application/json");
      const answer: unknown = await response.json();
      if (response.status === 200) {
        expect(answer).toBeTypeOf("object");
        return;
      }
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get("x-amzn-errortype")).toMatch(/^\w+Exception$/);
      expect(answer).toEqual({
        Type: "User",
        message: expect.any(String) as string,
        Message: expect.any(String) as string,
      });
      expect({}).not.toHaveProperty("polluted");
    },
    limitMs(0.25),
  );

  propertyTest.prop(
    [fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 })],
    parameters(0.1),
  )(
    "bytes that are nothing at all do it no harm",
    async (chunks) => {
      const socket = open(server);
      const all = received(socket);
      for (const chunk of chunks) socket.write(chunk);
      socket.end();
      await all;
      expect(await isAlive()).toBe(true);
    },
    limitMs(0.1),
  );
});
