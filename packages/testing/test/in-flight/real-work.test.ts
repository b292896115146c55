// oxlint-disable unicorn/require-post-message-target-origin -- ports and workers have none
/**
 * Real work in a step wins against a virtual timeout in the same step; what it leaves open does not stop
 * time once the handler goes on, or for longer than it says here.
 */
import childProcess from "node:child_process";
import crypto from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { MessageChannel, Worker } from "node:worker_threads";
import zlib from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { natives } from "../../src/surroundings/natives.ts";
import { installHook } from "../../src/in-flight/install.ts";
import { LineClient } from "./fixtures/line-client.ts";
import { startServers } from "./fixtures/servers.ts";
import type { Servers } from "./fixtures/servers.ts";
import { bench, realSleep, start } from "../surroundings/virtual-host.ts";

installHook();

let servers: Servers;
let folder: string;
let bigFile: string;
const agent = new http.Agent({ keepAlive: true });

beforeAll(async () => {
  servers = await startServers();
  folder = fs.mkdtempSync(join(tmpdir(), "durabletest-"));
  bigFile = join(folder, "big.bin");
  fs.writeFileSync(bigFile, crypto.randomBytes(50 << 20));
});

afterAll(async () => {
  agent.destroy();
  await servers[Symbol.asyncDispose]();
  fs.rmSync(folder, { recursive: true });
});

/** How long what a scenario leaves behind may keep virtual time at real pace, once its handler goes on. */
type Aftermath =
  /** Not at all. */
  | "none"
  /** As long as a blob may take. */
  | "quiet"
  /** Until it is closed: nothing tells that nobody waits for it. */
  | "open";

const aftermathMs = { none: 20, quiet: 130, open: Infinity } as const;

/** The virtual timeout: more real time than any of the work takes. */
const VIRTUAL_MS = 50_000;

interface Scenario<Before, Left> {
  readonly before?: () => Promise<Before>;
  readonly run: (before: Before) => Promise<Left>;
  readonly after: Aftermath;
  readonly cleanup?: (left: Left) => unknown;
}

function scenario<Before, Left>(name: string, given: () => Scenario<Before, Left>): void {
  test.concurrent(name, async () => {
    const { before, run, after, cleanup } = given();
    const prepared = (await before?.()) as Before;
    using b = bench();
    const beganAt = natives.realNow();
    const left = await b.invoke(() =>
      Promise.race([
        run(prepared),
        new Promise<never>((_resolve, reject) => {
          setTimeout(() => reject(new Error("virtual time passed first")), VIRTUAL_MS);
        }),
      ]),
    );
    try {
      expect(b.host.now()).toBe(start);
      const doneAt = natives.realNow();
      // Real pace is no jump: a scenario of as much real time would prove nothing.
      expect(doneAt - beganAt).toBeLessThan(VIRTUAL_MS * 0.8);
      b.in(() => setTimeout(() => {}, 3_600_000));
      const limit = after === "open" ? 1500 : aftermathMs[after] + 100;
      // In turns, not by the clock: a machine that stalls takes no turns.
      for (let ms = 0; b.inFlight.isBusy() && ms < limit; ms += 5) {
        do await realSleep(5);
        // Modules are loaded for the whole process: also those of a scenario beside this one.
        while (b.inFlight.names().some((work) => work.startsWith("import(")));
      }
      const stillBusy = b.inFlight.names();
      if (after === "open") expect(stillBusy).toHaveLength(1);
      else expect(stillBusy).toEqual([]);
    } finally {
      cleanup?.(left);
    }
  });
}

const text = (path = "") => fetch(servers.url + path).then((response) => response.text());

const get = () =>
  new Promise<void>((resolve, reject) => {
    http
      .get(servers.url, { agent }, (response) => response.resume().on("end", resolve))
      .on("error", reject);
  });

async function connected(): Promise<LineClient> {
  const client = new LineClient(servers.linePort);
  await client.ready;
  return client;
}

const closeClient = ({ socket }: LineClient) => socket.destroy();

const http2Request = (session: http2.ClientHttp2Session) =>
  new Promise<void>((resolve) => {
    session.request({ ":path": "/" }).resume().on("end", resolve);
  });

const echoWorker = () =>
  new Worker(
    `const { parentPort } = require("node:worker_threads");
     parentPort.on("message", () => setTimeout(() => parentPort.postMessage(1), 80));`,
    { eval: true },
  );

const answerOf = (worker: Worker) =>
  new Promise<void>((resolve) => worker.once("message", () => resolve()));

describe.concurrent("fetch", () => {
  scenario("over a new connection", () => ({ run: () => text("/?new"), after: "none" }));
  scenario("over a connection that another scope has pooled", () => ({
    before: () => text(),
    run: () => text(),
    after: "none",
  }));
  scenario("of a body in pieces", () => ({ run: () => text("/chunks"), after: "none" }));
  scenario("of a body that is held open", () => ({
    async run() {
      const { body } = await fetch(`${servers.url}/hold`);
      const reader = body!.getReader();
      await reader.read();
      return reader;
    },
    after: "none",
    cleanup: (reader) => reader.cancel(),
  }));
  scenario("while one elsewhere begins and ends", () => ({
    before: async () => void text("/chunks"),
    run: () => text(),
    after: "none",
  }));
});

describe.concurrent("node:http", () => {
  scenario("with a new keep-alive connection", () => ({ run: get, after: "none" }));
  scenario("with one that is reused", () => ({ before: get, run: get, after: "none" }));
  scenario("of a body that is held open", () => ({
    run: () =>
      new Promise<http.IncomingMessage>((resolve) => {
        http.get(`${servers.url}/hold`, (response) => {
          response.once("data", () => resolve(response));
        });
      }),
    after: "none",
    cleanup: (response) => response.destroy(),
  }));
});

describe.concurrent("node:http2", () => {
  scenario("over a new session", () => ({
    async run() {
      const session = http2.connect(servers.http2Url);
      await http2Request(session);
      return session;
    },
    after: "none",
    cleanup: (session) => session.destroy(),
  }));
  scenario("over an existing session", () => ({
    async before() {
      const session = http2.connect(servers.http2Url);
      await new Promise((resolve) => session.once("connect", resolve));
      return session;
    },
    async run(session) {
      await http2Request(session);
      return session;
    },
    after: "none",
    cleanup: (session) => session.destroy(),
  }));
});

describe.concurrent("a raw connection, like a database client's", () => {
  scenario("that is greeted, and stays open", () => ({
    run: connected,
    after: "none",
    cleanup: closeClient,
  }));
  scenario("that is asked in the scope it was made in", () => ({
    async run() {
      const client = await connected();
      await client.query("q");
      return client;
    },
    after: "none",
    cleanup: closeClient,
  }));
  for (const query of ["q", "2:q"]) {
    scenario(`that existed before, asked ${query}`, () => ({
      before: connected,
      async run(client) {
        await client.query(query);
        return client;
      },
      after: "none",
      cleanup: closeClient,
    }));
  }
  scenario("that is told something and answers nothing", () => ({
    before: connected,
    async run(client) {
      client.socket.write("mute\n");
      return client;
    },
    after: "open",
    cleanup: closeClient,
  }));
  scenario("that is told goodbye, and closes", () => ({
    before: connected,
    run: (client) =>
      new Promise<void>((resolve) => {
        client.socket.once("close", () => resolve()).end("q\n");
      }),
    after: "none",
  }));
});

scenario("a WebSocket: opened, answered, kept", () => ({
  async run() {
    const socket = new WebSocket(servers.webSocketUrl);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    socket.send("x");
    await new Promise((resolve) => socket.addEventListener("message", resolve));
    return socket;
  },
  after: "none",
  cleanup: (socket) => socket.close(),
}));

describe.concurrent("datagrams", () => {
  const send = (socket: dgram.Socket) => socket.send("ping", servers.datagramPort, "127.0.0.1");
  scenario("that are answered", () => ({
    async run() {
      const socket = dgram.createSocket("udp4");
      send(socket);
      await new Promise((resolve) => socket.once("message", resolve));
      send(socket);
      await new Promise((resolve) => socket.once("message", resolve));
      return socket;
    },
    after: "none",
    cleanup: (socket) => socket.close(),
  }));
  scenario("that nobody answers", () => ({
    async run() {
      const socket = dgram.createSocket("udp4");
      const sent = promisify<string, number, string>(socket.send.bind(socket));
      await sent("metric", 9, "127.0.0.1");
      return socket;
    },
    after: "none",
    cleanup: (socket) => socket.close(),
  }));
  scenario("from a socket that is closed at once", () => ({
    async run() {
      const socket = dgram.createSocket("udp4");
      await promisify<string, number, string>(socket.send.bind(socket))("metric", 9, "127.0.0.1");
      await new Promise<void>((resolve) => socket.close(resolve));
    },
    after: "none",
  }));
});

describe("files", () => {
  scenario("50 MB, by promise", () => ({
    run: () => fs.promises.readFile(bigFile).then(() => {}),
    after: "none",
  }));
  scenario("50 MB, by callback", () => ({
    run: () => new Promise<void>((resolve) => fs.readFile(bigFile, () => resolve())),
    after: "none",
  }));
  scenario("through gzip into another", () => ({
    run: () =>
      pipeline(
        fs.createReadStream(bigFile, { end: 4 << 20 }),
        zlib.createGzip(),
        fs.createWriteStream(join(folder, "out.gz")),
      ),
    after: "none",
  }));
  scenario("as a blob", () => ({
    run: () => fs.openAsBlob(bigFile).then((blob) => blob.slice(0, 1 << 20).arrayBuffer()),
    after: "quiet",
  }));
});

describe("computing", () => {
  scenario("zlib.gzip", () => ({
    run: () => promisify(zlib.gzip)(Buffer.alloc(5 << 20, "abc")).then(() => {}),
    after: "none",
  }));
  scenario("crypto.scrypt", () => ({
    run: () =>
      new Promise<void>((resolve) => {
        crypto.scrypt("a", "b", 64, { N: 65_536, maxmem: 1 << 28 }, () => resolve());
      }),
    after: "none",
  }));
  scenario("what is done at once", () => ({
    run: async () => crypto.scryptSync("a", "b", 64),
    after: "none",
  }));
  scenario("crypto.subtle key derivation", () => ({
    async run() {
      const { subtle } = globalThis.crypto;
      const secret = Buffer.from("a");
      const key = await subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
      const salt = Buffer.from("x");
      await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 3e5 }, key, 256);
    },
    after: "none",
  }));
  scenario("crypto.subtle digest of 50 MB", () => ({
    run: () => globalThis.crypto.subtle.digest("SHA-256", Buffer.alloc(50 << 20)).then(() => {}),
    after: "none",
  }));
  scenario("a digest that fails", () => ({
    run: () => globalThis.crypto.subtle.digest("none", Buffer.alloc(1)).catch(() => {}),
    after: "none",
  }));
  scenario("dns.lookup", () => ({ run: () => dns.promises.lookup("localhost"), after: "none" }));
});

describe.concurrent("child processes", () => {
  scenario("one that runs and ends", () => ({
    run: () => promisify(childProcess.exec)("sleep 0.1"),
    after: "none",
  }));
  scenario("one that answers and stays", () => ({
    async run() {
      const child = childProcess.spawn("cat");
      child.stdin.write("x");
      await new Promise((resolve) => child.stdout.once("data", resolve));
      return child;
    },
    after: "none",
    cleanup: (child) => child.kill(),
  }));
  scenario("one that does not hold its parent open", () => ({
    async run() {
      const child = childProcess.spawn("sleep", ["30"], { stdio: "ignore" });
      await new Promise((resolve) => child.once("spawn", resolve));
      child.unref();
      return child;
    },
    after: "none",
    cleanup: (child) => child.kill(),
  }));
});

describe.concurrent("worker threads", () => {
  scenario("one that answers and exits", () => ({
    run: () =>
      new Promise<void>((resolve) => {
        const source = `setTimeout(() => require("node:worker_threads").parentPort.postMessage(1), 100)`;
        new Worker(source, { eval: true }).on("exit", () => resolve());
      }),
    after: "none",
  }));
  scenario("one that existed before, asked", () => ({
    async before() {
      const worker = echoWorker();
      await new Promise((resolve) => worker.once("online", resolve));
      return worker;
    },
    async run(worker) {
      worker.postMessage(1);
      await answerOf(worker);
      return worker;
    },
    after: "none",
    cleanup: (worker) => worker.terminate(),
  }));
  scenario("one that was started here, asked twice", () => ({
    async run() {
      const worker = echoWorker();
      worker.postMessage(1);
      await answerOf(worker);
      worker.postMessage(1);
      await answerOf(worker);
      return worker;
    },
    after: "none",
    cleanup: (worker) => worker.terminate(),
  }));
  for (const asList of [true, false]) {
    scenario(`one that is to answer over a port (${asList ? "list" : "options"})`, () => ({
      async before() {
        const worker = new Worker(
          `require("node:worker_threads").parentPort.on("message", (port) =>
             setTimeout(() => port.postMessage(1), 80));`,
          { eval: true },
        );
        await new Promise((resolve) => worker.once("online", resolve));
        return worker;
      },
      async run(worker) {
        const { port1, port2 } = new MessageChannel();
        worker.postMessage(port2, asList ? [port2] : ({ transfer: [port2] } as never));
        await new Promise((resolve) => port1.once("message", resolve));
        return worker;
      },
      after: "none",
      cleanup: (worker) => worker.terminate(),
    }));
  }
  scenario("a message channel", () => ({
    async run() {
      const { port1, port2 } = new MessageChannel();
      const received = new Promise((resolve) => port1.once("message", resolve));
      port2.postMessage(1);
      await received;
      return port1;
    },
    after: "none",
    cleanup: (port) => port.close(),
  }));
  scenario("a channel to a worker, from before", () => ({
    async before() {
      const worker = new Worker(
        `require("node:worker_threads").parentPort.once("message", (port) =>
           port.on("message", () => setTimeout(() => port.postMessage(1), 80)));`,
        { eval: true },
      );
      const { port1, port2 } = new MessageChannel();
      worker.postMessage(port2, [port2]);
      return { worker, port1 };
    },
    async run({ worker, port1 }) {
      const received = new Promise((resolve) => port1.once("message", resolve));
      port1.postMessage(1);
      await received;
      return worker;
    },
    after: "none",
    cleanup: (worker) => worker.terminate(),
  }));
});

describe("the event loop itself", () => {
  scenario("a dynamic import", () => ({
    run: () => import("../surroundings/fixtures/imported-in-a-step.ts").then(({ whole }) => whole),
    after: "none",
  }));
  scenario("a timer that was captured before", () => ({ run: () => realSleep(80), after: "none" }));
  scenario("50 turns", () => ({
    async run() {
      for (let turn = 0; turn < 50; turn++) {
        await new Promise((resolve) => natives.setImmediate(resolve));
      }
    },
    after: "none",
  }));
  scenario("something printed", () => ({
    async run() {
      process.stdout.write("");
      await new Promise((resolve) => setImmediate(resolve));
    },
    after: "none",
  }));
});

test("a pooled connection does not stop time", async () => {
  const client = await connected();
  using b = bench();
  await b.invoke(async () => {
    await text();
    await get();
    await client.query("q");
    await new Promise((resolve) => setTimeout(resolve, 24 * 3_600_000));
  });
  expect(b.host.now()).toBe(start + 24 * 3_600_000);
  client.socket.destroy();
});

test("a request elsewhere does not stop time, nor does a long sleep time it out", async () => {
  using b = bench();
  const hanging = new AbortController();
  const elsewhere = fetch(`${servers.url}/hang`, { signal: hanging.signal });
  await b.invoke(() => new Promise((resolve) => setTimeout(resolve, 3_600_000)));
  const slow = text("/chunks");
  await b.invoke(() => new Promise((resolve) => setTimeout(resolve, 3_600_000)));
  await expect(slow).resolves.toBe("abc");
  hanging.abort();
  await expect(elsewhere).rejects.toMatchObject({ name: "AbortError" });
});

test("a virtual timeout of 40 ms wins against an answer that does not come", async () => {
  using b = bench();
  const signalled = b.invoke(() =>
    fetch(`${servers.url}/hang`, { signal: AbortSignal.timeout(40) }),
  );
  await expect(signalled).rejects.toMatchObject({ name: "TimeoutError" });
  expect(b.host.now()).toBe(start + 40);
});

test("work is named as its user would", async () => {
  using b = bench();
  const connection = await connected();
  const { port } = new URL(servers.url);
  const hanging = new AbortController();
  const { signal } = hanging;
  // None of it ends before it has been named.
  const told = Promise.withResolvers<readonly string[]>();
  const invoked = b.invoke(
    async () => {
      await Promise.allSettled([
        fetch(`${servers.url}/hang`, { signal }),
        new Promise((resolve) =>
          http.get({ port, path: "/hang", family: 4, signal }).on("error", resolve),
        ),
        promisify(childProcess.exec)("sleep 600", { signal }),
        Promise.race([connection.query("mute"), told.promise]),
        new Promise((resolve) => {
          const captured = natives.setTimeout(resolve, 600_000);
          signal.addEventListener("abort", () => {
            natives.clearTimeout(captured);
            resolve(undefined);
          });
        }),
      ]);
    },
    { noticeAfterMs: 1, notice: (names) => told.resolve(names) },
  );
  expect(await told.promise).toEqual(
    expect.arrayContaining([
      `GET ${servers.url}/hang`,
      `GET http://localhost:${port}/hang`,
      `socket 127.0.0.1:${servers.linePort}`,
      "child process",
      "setTimeout (captured before durabletest was loaded)",
    ]),
  );
  hanging.abort();
  connection.socket.destroy();
  await invoked;
});
