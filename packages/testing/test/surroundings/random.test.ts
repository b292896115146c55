import nodeCrypto, {
  getRandomValues,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
} from "node:crypto";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { bench, start } from "./virtual-host.ts";

installScopedGlobals();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Everything that is drawn from, once. */
async function draws() {
  const drawn: unknown[] = [
    Math.random(),
    crypto.randomUUID(),
    [...crypto.getRandomValues(new Uint8Array(5))],
    randomUUID(),
    randomUUID({ disableEntropyCache: true }),
    [...getRandomValues(new Uint32Array(2))],
    randomBytes(6).toString("hex"),
    randomInt(1000),
    randomInt(5, 9),
    [...randomFillSync(new Uint16Array(4))],
    [...randomFillSync(new Uint16Array(4), 1, 2)],
    [...new Uint8Array(randomFillSync(new ArrayBuffer(4), 1))],
    [...new Uint8Array(randomFillSync(new ArrayBuffer(4), 1, 2))],
    randomFillSync(new DataView(new ArrayBuffer(4))).getUint32(0),
    (await promisify(randomBytes)(4)).toString("hex"),
    await promisify((max: number, done: (error: Error | null, n: number) => void) =>
      randomInt(max, done),
    )(1000),
    await new Promise((resolve) => randomInt(10, 20, (_error, n) => resolve(n))),
    [
      ...(await promisify((b: Uint8Array, done: (e: Error | null, b: Uint8Array) => void) =>
        randomFill(b, done),
      )(new Uint8Array(3))),
    ],
    await new Promise((resolve) =>
      randomFill(new Uint8Array(4), 1, 2, (_error, bytes) => resolve([...bytes])),
    ),
  ];
  return drawn;
}

test("the same seed draws the same, another seed something else", async () => {
  const [one, same, other] = await Promise.all(
    [1, 1, 7].map((seed) => {
      using b = bench({ seed });
      return b.in(draws);
    }),
  );
  expect(one).toEqual(same);
  for (const [index, drawn] of one!.entries()) {
    if (JSON.stringify(drawn) === "[0,0]") continue;
    expect([index, drawn]).not.toEqual([index, other![index]]);
  }
});

test("what is drawn has the shape of Node's", () => {
  using b = bench();
  b.in(() => {
    expect(randomUUID()).toMatch(uuid);
    expect(crypto.randomUUID()).toMatch(uuid);
    const bytes = randomBytes(7);
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(bytes.length).toBe(7);
    const view = new Uint8Array(4);
    expect(getRandomValues(view)).toBe(view);
    expect([...randomFillSync(new Uint8Array(4), 1, 2)].map((byte) => byte > 0)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    for (let i = 0; i < 100; i++) {
      expect([5, 6, 7]).toContain(randomInt(5, 8));
      expect([0, 1]).toContain(randomInt(2));
    }
  });
});

test("UUIDs of version 7 carry the execution's time", () => {
  const v7 = (nodeCrypto as { randomUUIDv7?: () => string }).randomUUIDv7;
  if (v7 === undefined) return;
  using b = bench();
  const id = b.in(v7);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
  expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(start);
});

test("arguments are refused as Node refuses them", () => {
  using b = bench();
  b.in(() => {
    expect(() => crypto.getRandomValues(new Float64Array(1) as never)).toThrow(
      /TypedArray|integer/i,
    );
    expect(() => crypto.getRandomValues(new Uint8Array(70_000))).toThrow(/65536|65,536|exceed/i);
    expect(() => randomBytes(-1)).toThrow(expect.objectContaining({ code: "ERR_OUT_OF_RANGE" }));
    expect(() => randomInt(5, 5)).toThrow(expect.objectContaining({ code: "ERR_OUT_OF_RANGE" }));
    expect(() => randomFill(new Uint8Array(1), undefined as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }),
    );
  });
});

test("drawing is no work in flight", () => {
  using b = bench();
  b.in(() => {
    randomBytes(16);
    randomUUID();
    crypto.getRandomValues(new Uint8Array(16));
  });
  expect(b.inFlight.isBusy()).toBe(false);
  expect(b.inFlight.started).toBe(0);
});

test("outside scopes it is random", async () => {
  expect(Math.random()).not.toBe(Math.random());
  expect(crypto.randomUUID()).not.toBe(crypto.randomUUID());
  expect(await draws()).not.toEqual(await draws());
});
