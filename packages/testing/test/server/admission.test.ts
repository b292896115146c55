import { InvalidArgumentError, withDurableExecution } from "@durabletest/runtime";
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import {
  type DurableServer,
  type DurableServerOptions,
  startDurableServer,
} from "../../src/server/index.ts";
import { rejectionOf } from "../support/history.ts";

const handler = withDurableExecution(async (_: undefined, context) => {
  const approval = await context.createCallback<string>("approval");
  return approval.result();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** As a client sends it that resolves the name of its choice to the server's address. */
function ask(
  { url }: Pick<DurableServer, "url">,
  path: string,
  { method = "POST", body, headers }: AskOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

interface AskOptions {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function serve(options?: DurableServerOptions) {
  const runner = new DurableTestRunner(handler);
  const server = await startDurableServer(runner, options);
  await runner.run();
  const { callbackId } = runner.callback("approval");
  const succeed = `/2025-12-01/durable-execution-callbacks/${encodeURIComponent(callbackId)}/succeed`;
  const { port } = new URL(server.url);
  return {
    server,
    runner,
    port,
    succeed: (headers: Record<string, string>) =>
      ask(server, succeed, { body: '"yes"', headers: { ...headers } }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const refused = { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } };

describe("a client that calls the server by its address", () => {
  test.for(["127.0.0.1", "localhost", "LOCALHOST"])("is answered: %s", async (name) => {
    await using served = await serve();
    expect(await served.succeed({ host: `${name}:${served.port}` })).toMatchObject({ status: 200 });
    expect((await served.runner.settled()).status).toBe("SUCCEEDED");
  });

  test("is answered where something between has another port, and passes on what it was called", async () => {
    await using served = await serve();
    expect(await served.succeed({ host: "127.0.0.1:8080" })).toMatchObject({ status: 200 });
  });

  test.for(["localhost", "::1"])("is answered where it listens on %s", async (host) => {
    await using served = await serve({ host });
    expect(await served.succeed({})).toMatchObject({ status: 200 });
  });

  test("is answered at every address, where it listens on all", async () => {
    await using served = await serve({ host: "0.0.0.0" });
    for (const address of ["127.0.0.1", "192.0.2.7", "[::1]", "localhost"]) {
      const { status } = await served.succeed({ host: `${address}:${served.port}` });
      expect([address, status]).not.toEqual([address, 403]);
    }
    expect(await served.succeed({ host: `evil.example:${served.port}` })).toMatchObject(refused);
  });
});

describe("a page whose name has been made to resolve to this machine", () => {
  test.for([
    "evil.example",
    "evil.example:PORT",
    "127.0.0.1.evil.example:PORT",
    "127.0.0.1:PORT.evil.example",
    "evil.localhost:PORT",
    "127.0.0.2:PORT",
    "user@127.0.0.1:PORT",
    "[::1]:PORT",
  ])("is refused, and changes nothing: %s", async (template) => {
    await using served = await serve();
    const host = template.replace("PORT", served.port);
    const answer = await served.succeed({ host });
    expect(answer).toMatchObject(refused);
    expect(answer.text).toContain(
      `The Host of this request is ${JSON.stringify(host).replaceAll('"', '\\"')}`,
    );
    expect(served.runner.result.status).toBe("PENDING");
  });

  test("reads no executions", async () => {
    await using served = await serve();
    const path = "/2025-12-01/functions/durable-test/durable-executions";
    const headers = { host: `evil.example:${served.port}` };
    expect(await ask(served.server, path, { method: "GET", headers })).toMatchObject(refused);
  });

  test("is answered once the test allows its name, of any port or of one", async () => {
    await using byName = await serve({ allowedHosts: ["api.test"] });
    expect(await byName.succeed({ host: "API.test:8080" })).toMatchObject({ status: 200 });
    await using byPort = await serve({ allowedHosts: ["api.test:8080"] });
    expect(await byPort.succeed({ host: "api.test:8081" })).toMatchObject(refused);
    expect(await byPort.succeed({ host: "api.test:8080" })).toMatchObject({ status: 200 });
  });
});

describe("a page in a browser", () => {
  test.for(["http://evil.example", "null", "http://localhost:5173", ""])(
    "is refused, and changes nothing: %s",
    async (origin) => {
      await using served = await serve();
      const answer = await served.succeed({ origin });
      expect(answer).toMatchObject(refused);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
      expect(served.runner.result.status).toBe("PENDING");
    },
  );

  test("of the server's own address is refused as well", async () => {
    await using served = await serve();
    expect(await served.succeed({ origin: served.server.url })).toMatchObject(refused);
  });

  test("is answered once the test allows its origin, and may read the answer", async () => {
    const origin = "http://localhost:5173";
    await using served = await serve({ allowedOrigins: [origin] });
    expect(await served.succeed({ origin: "http://localhost:5174" })).toMatchObject(refused);
    const preflight = await ask(served.server, "/2025-12-01/durable-executions/x/stop", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "content-type",
      },
    });
    expect(await served.succeed({ origin })).toMatchObject({
      status: 200,
      headers: { "access-control-allow-origin": origin, vary: "origin" },
    });
  });
});

test("A body that is not wanted is not asked for", async () => {
  await using served = await serve();
  const { hostname, port } = new URL(served.server.url);
  const continued = await new Promise<string>((resolve, reject) => {
    const headers = { host: "evil.example", expect: "100-continue", "content-length": "5" };
    const sent = request({ host: hostname, port, path: "/", method: "POST", headers });
    sent.on("continue", () => {
      resolve("asked for");
    });
    sent.on("response", (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    sent.on("error", reject);
    sent.flushHeaders();
  });
  expect(continued).toBe("403");
});

describe("the options of a server", () => {
  test.for([
    [{ allowedHosts: "api.test" }, "is no list of names"],
    [{ allowedHosts: [7] }, "is no list of names"],
    [{ allowedHosts: ["http://api.test:8080"] }, 'Did you mean "api.test:8080"?'],
    [{ allowedHosts: ["api.test/path"] }, 'Did you mean "api.test"?'],
    [{ allowedHosts: [""] }, "is no name of a host"],
    [{ allowedOrigins: ["http://localhost:5173/"] }, 'Did you mean "http://localhost:5173"?'],
    [{ allowedOrigins: ["localhost:5173"] }, "is no origin"],
    [{ allowedOrigins: ["*"] }, "is no origin"],
    [{ allowedOrigins: ["http://a.test", "b.test"] }, 'allowedOrigins[1]: "b.test" is no origin'],
    [
      { allowedHost: ["api.test"] },
      'There is no option "allowedHost". Did you mean "allowedHosts"',
    ],
    [{ allowedorigins: [] }, 'Did you mean "allowedOrigins"?'],
    [{ prot: 8080, host: 7 }, 'There is no option "prot". Did you mean "port"?'],
    [{ hostname: "::1" }, 'There is no option "hostname". Did you mean "host"?'],
    [{ port: 8080, limits: {} }, 'There is no option "limits". There are: "port", "host", '],
    [8080, "The options 8080 are no object."],
    [null, "The options null are no object."],
  ] as const)("that cannot be right are told: %j", async ([options, text]) => {
    const error = await rejectionOf(startDurableServer([], options as object));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain(text);
  });

  test("that cannot be read are told", async () => {
    const options = {
      get port(): never {
        throw new Error("not now");
      },
    };
    const error = await rejectionOf(startDurableServer([], options));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain("The options cannot be read: Error: not now");
  });

  test("may be undefined one by one", async () => {
    await using served = await serve({
      port: undefined,
      host: undefined,
      allowedHosts: undefined,
      allowedOrigins: undefined,
    });
    expect(served.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await served.succeed({})).toMatchObject({ status: 200 });
  });
});
