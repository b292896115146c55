/**
 * A library of mocks plays the other end of a request in JavaScript: nothing real is waited for, so what it takes is
 * virtual time. A request that it lets through is real work as ever.
 */
import http from "node:http";

import { delay, HttpResponse, http as mock } from "msw";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { installHook } from "../../src/in-flight/install.ts";
import { bench, start } from "../surroundings/virtual-host.ts";
import { startServers } from "./fixtures/servers.ts";
import type { Servers } from "./fixtures/servers.ts";

installHook();

const hourMs = 3_600_000;
const world = setupServer(
  mock.post("http://played.example/", async ({ request }) => {
    await delay(hourMs);
    return HttpResponse.text(await request.text());
  }),
);
let servers: Servers;

beforeAll(async () => {
  servers = await startServers();
  world.listen({ onUnhandledFrame: "bypass" });
});
afterAll(async () => {
  world.close();
  await servers[Symbol.asyncDispose]();
});

describe.each([
  {
    client: "fetch",
    ask: async (url: string, signal: AbortSignal) =>
      (await fetch(url, { method: "POST", body: "ping", signal })).text(),
  },
  {
    client: "node:http",
    ask: (url: string, signal: AbortSignal) =>
      new Promise<string>((resolve, reject) => {
        const request = http.request(url, { method: "POST", signal }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
          response.on("end", () => resolve(text));
        });
        request.on("error", reject).end("ping");
      }),
  },
])("a request of $client", ({ ask }) => {
  test("that is played takes virtual time, and none that is real", async () => {
    using b = bench();
    const played = () => ask("http://played.example/", AbortSignal.timeout(2 * hourMs));

    expect(await b.invoke(played)).toBe("ping");

    expect(b.host.now()).toBe(start + hourMs);
  });

  test("that is played is overtaken by what comes before it in virtual time", async () => {
    using b = bench();
    const played = () => ask("http://played.example/", AbortSignal.timeout(hourMs / 2));

    await expect(b.invoke(played)).rejects.toThrow(/abort|hang up/);

    expect(b.host.now()).toBe(start + hourMs / 2);
  });

  test("that is let through is real work: no virtual timeout overtakes it", async () => {
    using b = bench();
    const real = () => ask(servers.url, AbortSignal.timeout(hourMs));

    expect(await b.invoke(real)).not.toBe("");

    expect(b.host.now()).toBe(start);
  });
});
