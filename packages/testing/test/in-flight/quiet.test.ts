// oxlint-disable unicorn/require-post-message-target-origin -- ports and workers have none
/**
 * What handler code still waits for is work, however long it is silent; what nobody waits for is not.
 */
import childProcess from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { MessageChannel, Worker } from "node:worker_threads";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { installHook } from "../../src/in-flight/install.ts";
import { LineClient } from "./fixtures/line-client.ts";
import { startServers } from "./fixtures/servers.ts";
import type { Servers } from "./fixtures/servers.ts";
import { bench, realSleep, start } from "../surroundings/virtual-host.ts";

installHook();

let servers: Servers;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

const hourMs = 3_600_000;
/** Much less than a pause: whoever takes silence for the end of it is found out. */
const stuckAfterMs = 50;

const paused = () => fetch(`${servers.url}/pause`);

const get = (path: string) =>
  new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(servers.url + path, resolve).on("error", reject);
  });

const http2Request = async (read: (stream: http2.ClientHttp2Stream) => Promise<string>) => {
  const session = http2.connect(servers.http2Url);
  const body = await read(session.request({ ":path": "/pause" }));
  session.close();
  return body;
};

const connect = () => net.connect(servers.linePort, "127.0.0.1");

/** As many lines as are wanted, by way of a listener that stays. */
const lines = (socket: net.Socket, wanted: number) =>
  new Promise<string>((resolve) => {
    let said = "";
    socket.on("data", (data) => {
      said += data.toString();
      if (said.split("\n").length > wanted) resolve(said);
    });
  });

const scriptedWorker = (source: string) =>
  new Worker(`const { parentPort } = require("node:worker_threads"); ${source}`, { eval: true });

const twoMessages = `parentPort.on("message", (to) => {
  const port = to.postMessage ? to : parentPort;
  port.postMessage(1);
  setTimeout(() => port.postMessage(2), 400);
});`;

const node = (source: string) =>
  [process.execPath, ["-e", source]] as const satisfies readonly unknown[];

const twoWords = `process.stdout.write("a"); setTimeout(() => process.stdout.write("b"), 400);`;

/** Somebody who says something, is silent, and says the rest. */
const partners: Readonly<Record<string, () => Promise<unknown>>> = {
  "fetch, text()": async () => (await paused()).text(),
  "fetch, a reader": async () => {
    const reader: ReadableStreamDefaultReader<Uint8Array> = (await paused()).body!.getReader();
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      bytes += value.byteLength;
    }
  },
  "fetch, iterated": async () => {
    const chunks = [];
    for await (const chunk of (await paused()).body!) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  },
  "fetch, through a decoder": async () => {
    let decoded = "";
    for await (const piece of (await paused()).body!.pipeThrough(new TextDecoderStream())) {
      decoded += piece;
    }
    return decoded;
  },
  "fetch, cloned": async () => (await paused()).clone().text(),
  "fetch, teed": async () => new Response((await paused()).body!.tee()[1]).text(),
  "fetch, as a stream of Node": async () => textOf(Readable.fromWeb((await paused()).body!)),
  "fetch, piped to a sink": async () => {
    let bytes = 0;
    const write = ({ byteLength }: Uint8Array) => void (bytes += byteLength);
    await (await paused()).body!.pipeTo(new WritableStream({ write }));
    return bytes;
  },
  "http, listened to": async () => {
    const response = await get("/pause");
    return await new Promise((resolve) => {
      let said = "";
      response.on("data", (data) => (said += String(data))).on("end", () => resolve(said));
    });
  },
  "http, iterated": async () => textOf(await get("/pause")),
  "http, piped": async () => textOf((await get("/pause")).pipe(new PassThrough())),
  "http, in a pipeline": async () => {
    let said = "";
    await pipeline(await get("/pause"), async (body: AsyncIterable<Buffer>) => {
      for await (const piece of body) said += piece.toString();
    });
    return said;
  },
  "http, run dry": async () => once((await get("/pause")).resume(), "end"),
  "http2, listened to": () => http2Request((stream) => once(stream.resume(), "end").then(String)),
  "http2, iterated": () => http2Request((stream) => textOf(stream)),
  "a socket, listened to": async () => {
    const socket = connect();
    const said = lines(socket, 2);
    socket.write("pause\n");
    await said;
    socket.destroy();
  },
  "a socket, until it ends": async () => {
    const socket = connect();
    const ended = once(
      socket.on("data", () => {}),
      "end",
    );
    socket.end("pause\n");
    await ended;
  },
  "a socket, iterated": async () => {
    const socket = connect();
    socket.write("pause\n");
    let said = "";
    for await (const data of socket) {
      said += String(data);
      if (said.split("\n").length > 2) break;
    }
  },
  "a socket, word by word": async () => {
    const socket = connect();
    await once(socket, "data");
    socket.write("pause\n");
    await once(socket, "data");
    await once(socket, "data");
    socket.destroy();
  },
  "a WebSocket": async () => {
    const socket = new WebSocket(servers.webSocketUrl);
    const said: unknown[] = [];
    await new Promise<void>((resolve) => {
      socket.addEventListener("open", () => socket.send("x"));
      socket.addEventListener("message", ({ data }) => {
        if (said.push(data) === 2) resolve();
      });
    });
    socket.close();
  },
  "a child process that is run": () => promisify(childProcess.execFile)(...node(twoWords)),
  "a child process that is read": async () => textOf(childProcess.spawn(...node(twoWords)).stdout),
  "a forked process": async () => {
    const source = `process.send(1); setTimeout(() => process.send(2), 400);`;
    const child = childProcess.spawn(...node(source), {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    await once(child, "message");
    await once(child, "message");
    child.kill();
  },
  "a worker": async () => {
    const worker = scriptedWorker(twoMessages);
    const said: unknown[] = [];
    await new Promise<void>((resolve) => {
      worker.on("message", (message) => {
        if (said.push(message) === 2) resolve();
      });
      worker.postMessage({});
    });
    await worker.terminate();
  },
  "a worker's exit": () => once(scriptedWorker("setTimeout(() => {}, 400);"), "exit"),
  "a port to a worker": async () => {
    const worker = scriptedWorker(twoMessages);
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(port2, [port2]);
    const said: unknown[] = [];
    await new Promise<void>((resolve) => {
      port1.on("message", (message) => {
        if (said.push(message) === 2) resolve();
      });
    });
    await worker.terminate();
  },
  "a datagram that is answered late": async () => {
    const socket = dgram.createSocket("udp4");
    socket.send("late", servers.datagramPort, "127.0.0.1");
    await once(socket, "message");
    socket.close();
  },
};

describe.concurrent.each(Object.entries(partners))("%s", (_name, speak) => {
  test("wins against a virtual timeout, however long it is silent", async () => {
    using b = bench();
    const timeout = new Promise<never>((_resolve, reject) => {
      b.in(() => setTimeout(() => reject(new Error("virtual time passed first")), hourMs));
    });
    await b.invoke(() => Promise.race([speak(), timeout]), { stuckAfterMs });
    expect(b.host.now()).toBe(start);
  });

  test("wins against a poll that goes on beside it", async () => {
    using b = bench();
    let polled = 0;
    const poll = async () => {
      for (;;) {
        await sleep(hourMs);
        polled += 1;
      }
    };
    await b.invoke(() => Promise.race([speak(), poll()]), { stuckAfterMs });
    expect(polled).toBe(0);
  });

  test("is waited for without any timer", async () => {
    using b = bench();
    await b.invoke(speak, { stuckAfterMs });
  });
});

/** What stays open, and nobody waits for. */
const leftOpen: Readonly<Record<string, () => Promise<() => unknown>>> = {
  "the body of a fetch that nobody reads": async () => {
    const { body } = await fetch(`${servers.url}/hold`);
    return () => body?.cancel();
  },
  "the body of a fetch that is not read to its end": async () => {
    const reader = (await fetch(`${servers.url}/hold`)).body!.getReader();
    await reader.read();
    return () => reader.cancel();
  },
  "a piped body that is not read to its end": async () => {
    const { body } = await fetch(`${servers.url}/hold`);
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    return () => reader.cancel();
  },
  "a response of http that nobody reads": async () => {
    const response = await get("/hold");
    return () => response.destroy();
  },
  "one that is not iterated to its end": async () => {
    const response = await get("/hold");
    await response[Symbol.asyncIterator]().next();
    return () => response.destroy();
  },
  "one that is piped where nobody reads": async () => {
    const response = await get("/hold");
    response.pipe(new PassThrough());
    return () => response.destroy();
  },
  "a connection that has answered": async () => {
    const client = new LineClient(servers.linePort);
    await client.ready;
    await client.query("q");
    return () => client.socket.destroy();
  },
  "a connection that nobody listens to": async () => {
    const socket = connect();
    await once(socket, "connect");
    socket.write("mute\n");
    return () => socket.destroy();
  },
  "a listening server": async () => {
    const server = net.createServer().listen(0);
    await once(server, "listening");
    return () => server.close();
  },
  "a worker that has answered": async () => {
    const worker = scriptedWorker(`parentPort.on("message", () => parentPort.postMessage(1));`);
    worker.on("message", () => {}).postMessage(1);
    await once(worker, "message");
    return () => worker.terminate();
  },
  "a child process that nobody listens to": async () => {
    const child = childProcess.spawn(...node("setTimeout(() => {}, 1e6)"), { stdio: "ignore" });
    await once(child, "spawn");
    return () => child.kill();
  },
  "a channel within the thread": async () => {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", () => {});
    port2.postMessage(1);
    return () => port1.close();
  },
};

describe.concurrent.each(Object.entries(leftOpen))("%s", (_name, leave) => {
  test("does not stop time once the handler goes on", async () => {
    using b = bench();
    let close: (() => unknown) | undefined;
    await b.invoke(async () => {
      close = await leave();
      await sleep(24 * hourMs);
    });
    expect(b.host.now()).toBe(start + 24 * hourMs);
    await close?.();
  });
});

test("a client that arms anew how long it waits, at every piece, is not done with it", async () => {
  using b = bench();
  await b.invoke(async () => {
    const socket = connect();
    let idle: NodeJS.Timeout | undefined;
    const said = lines(socket, 2);
    const timedOut = new Promise<never>((_resolve, reject) => {
      socket.on("data", () => {
        clearTimeout(idle);
        idle = setTimeout(() => reject(new Error("idle for a minute")), 60_000);
      });
    });
    socket.write("pause\n");
    await Promise.race([said, timedOut]);
    clearTimeout(idle);
    socket.destroy();
  });
  expect(b.host.now()).toBe(start);
});

test("a durable operation tells that the handler has got its answer", async () => {
  const client = new LineClient(servers.linePort);
  await client.ready;
  using b = bench();
  await b.invoke(async () => {
    const asleep = sleep(24 * hourMs);
    await client.query("q");
    // As a step does that ends.
    b.scope.environment.progress.operationCalled();
    await asleep;
  });
  expect(b.host.now()).toBe(start + 24 * hourMs);
  client.socket.destroy();
});

test("what stays open is named, since a handler may wait for it all the same", async () => {
  using b = bench();
  const client = new LineClient(servers.linePort);
  await client.ready;
  const { body } = await b.invoke(async () => {
    await client.query("q");
    const response = await fetch(`${servers.url}/hold`);
    setTimeout(() => {}, 1);
    return response;
  });
  expect(b.inFlight.names()).toEqual([]);
  expect(b.inFlight.openNames()).toEqual([
    `socket 127.0.0.1:${servers.linePort}`,
    `GET ${servers.url}/hold`,
  ]);
  client.socket.destroy();
  await body?.cancel();
});

test("ten thousand unfinished sockets are counted, and the first of them named", async () => {
  using b = bench();
  const asked: net.Socket[] = [];
  b.in(() => {
    for (let socket = 0; socket < 10_000; socket++) {
      const unfinished = new net.Socket();
      unfinished.on("data", () => {});
      unfinished.connect({ port: 1, host: "127.0.0.1", lookup: () => {} });
      asked.push(unfinished);
    }
  });
  expect(b.inFlight.isBusy()).toBe(true);
  expect(b.inFlight.names()).toEqual(["socket"]);
  for (let kind = 0; kind < 12; kind++) b.inFlight.begin({}, pendingWork(`work ${kind}`));
  expect(b.inFlight.names()).toHaveLength(11);
  expect(b.inFlight.names().at(-1)).toBe("and 3 more");
  for (const socket of asked) socket.destroy();
  await realSleep(1);
  b.end();
});

const pendingWork = (name: string) => ({ name, status: () => "pending" as const });
