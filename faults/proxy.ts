import { Agent, createServer, type IncomingMessage, request as httpRequest } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { CaseRun } from "./fault-case.ts";
import { kindOf, type RequestFault } from "./fault-kinds.ts";
import { handlerSpecs } from "./handlers/specs.ts";
import { askedOfService, rewriteResponse } from "./rewrite.ts";

/** What the proxy asks of those around it. */
export interface ProxyHost {
  /** The case whose execution it is. */
  caseOf(arn: string): CaseRun | undefined;
  kill(sandbox: string): void;
}

export interface Proxy {
  /** The endpoint of the sandbox of that name. */
  urlFor(sandbox: string): string;
  close(): Promise<void>;
}

/** A request, as it arrived. */
interface Arrived {
  readonly sandbox: string;
  readonly method: string;
  /** As the service knows it. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** The service's answer, or the one that is given in its place. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Longer than a response takes, and shorter than any client waits. Milliseconds. */
const DELAY_MS = 300;

/** Between two bytes that trickle: less than any client takes for silence. Milliseconds. */
const TRICKLE_MS = 500;

/**
 * Starts what stands between the sandboxes and the service, and lets faults strike requests.
 *
 * Owns: connections, and what is done to requests and responses on them.
 * Does not own: which fault strikes (`plan.ts`), what killing means (`lambda.ts`).
 */
export async function startProxy(upstream: string, host: ProxyHost): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    const arrived = await read(request);
    const [, , , encodedArn = "", operation = ""] = arrived.target.split(/[/?]/);
    const run = host.caseOf(decodeURIComponent(encodedArn));
    if (run === undefined) {
      await relay(response, await forward(arrived));
      return;
    }
    const name = run.request(operation === "state" ? "state" : "checkpoint");
    if (run.runaway) {
      host.kill(arrived.sandbox);
      return;
    }
    const fault = name === undefined ? undefined : (kindOf(name).fault as RequestFault);
    const { pageItems } = handlerSpecs[run.case.handler];
    const asked =
      operation === "state" ? askedOfService(arrived.target, pageItems) : arrived.target;
    await strike(fault, { run, arrived: { ...arrived, target: asked }, response });
  }

  async function strike(
    fault: RequestFault | undefined,
    { run, arrived, response }: { run: CaseRun; arrived: Arrived; response: ServerResponse },
  ): Promise<void> {
    switch (fault?.does) {
      case undefined:
        await relay(response, await forward(arrived));
        return;
      case "refuse":
        await relay(response, refusal(fault));
        return;
      case "reset":
        if (fault.applied) await forward(arrived);
        response.socket?.resetAndDestroy();
        return;
      case "lose":
        await forward(arrived);
        return;
      case "cut": {
        await relayHalf(response, await forward(arrived));
        response.socket?.resetAndDestroy();
        return;
      }
      case "stall":
        await relayHalf(response, await forward(arrived));
        return;
      case "trickle":
        await trickle(response, await forward(arrived));
        return;
      case "delay": {
        const answer = await forward(arrived);
        await sleep(DELAY_MS);
        await relay(response, answer);
        return;
      }
      case "rewrite": {
        const answer = await forward(arrived);
        if (answer.status !== 200) {
          await relay(response, answer);
          return;
        }
        if (fault.to === "no-token" || fault.to === "empty-token") run.tokenWithheld = true;
        const body = rewriteResponse(fault.to, answer.body.toString(), arrived.target);
        await relay(response, { ...answer, body: Buffer.from(body) });
        return;
      }
      case "kill":
        if (fault.applied) await forward(arrived);
        host.kill(arrived.sandbox);
        response.socket?.resetAndDestroy();
    }
  }

  /** Asks the service. */
  function forward({ method, target, headers, body }: Arrived): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const forwarded = httpRequest(
        `${upstream}${target}`,
        { method, headers, agent },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            resolve({
              status: answer.statusCode ?? 500,
              headers: Object.fromEntries(
                ["content-type", "x-amzn-errortype", "x-amzn-requestid"].flatMap((key) => {
                  const value = answer.headers[key];
                  return typeof value === "string" ? [[key, value] as const] : [];
                }),
              ),
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }

  return {
    urlFor: (sandbox) => `${url}/${sandbox}`,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Arrived> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = "", url = "", headers } = request;
  const { sandbox = "", target = "" } =
    /^\/(?<sandbox>[^/]+)(?<target>\/.*)$/.exec(url)?.groups ?? {};
  return { sandbox, target, method, headers, body: Buffer.concat(chunks) };
}

function refusal(fault: RequestFault & { readonly does: "refuse" }): Answer {
  const { status, exception, message } = fault;
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": exception },
    body: Buffer.from(JSON.stringify({ Type: "User", Message: message, message })),
  };
}

async function relay(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, { ...headers, "content-length": body.length });
  await new Promise<void>((resolve) => {
    response.end(body, resolve);
  });
}

async function relayHalf(
  response: ServerResponse,
  { status, headers, body }: Answer,
  bytes = body.length / 2,
): Promise<void> {
  response.writeHead(status, { ...headers, "content-length": body.length });
  await new Promise<void>((resolve) => {
    response.write(body.subarray(0, Math.floor(bytes)), () => {
      resolve();
    });
  });
}

/** Until the client hangs up. */
async function trickle(response: ServerResponse, answer: Answer): Promise<void> {
  const endless = Buffer.alloc(1_000_000, " ");
  await relayHalf(
    response,
    { ...answer, body: Buffer.concat([answer.body, endless]) },
    answer.body.length / 2,
  );
  while (!response.destroyed) {
    response.write(" ");
    await sleep(TRICKLE_MS);
  }
}
