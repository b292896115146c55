import { expect, test, vi } from "vitest";

import {
  expectFakes,
  reassertReplaceable,
  routeReplaceable,
} from "../../src/surroundings/replaceable.ts";
import { bench, realTurn } from "./virtual-host.ts";

const target = (it: unknown) => {
  const made = { it };
  routeReplaceable(made, "it", { original: "original", inside: "inside" });
  return made;
};

const descriptorOf = (owner: object) => Object.getOwnPropertyDescriptor(owner, "it");

const plain = { configurable: true, enumerable: true, writable: true, value: "inside" };

/** What is seen outside scopes, and inside, once somebody has looked for fakes. */
function seen(owner: { readonly it: unknown }): readonly unknown[] {
  reassertReplaceable(owner);
  using b = bench();
  return [owner.it, b.in(() => owner.it)];
}

test("a replaceable property is a value, until somebody replaces it and when that is over", async () => {
  const owner = target("original");
  expect(descriptorOf(owner)).toEqual(plain);
  owner.it = "fake";
  expect(seen(owner)).toEqual(["fake", "inside"]);
  owner.it = "another fake";
  expect(seen(owner)).toEqual(["another fake", "inside"]);
  owner.it = "original";
  await realTurn();
  expect(descriptorOf(owner)).toEqual(plain);
  owner.it = "original";
  expect(seen(owner)).toEqual(["inside", "inside"]);
  expect(descriptorOf(owner)).toEqual(plain);
});

test("it is found again when it has been defined anew", () => {
  const owner = target("original");
  const before = descriptorOf(owner) ?? {};
  Object.defineProperty(owner, "it", { ...plain, value: "mock" });
  expect(seen(owner)).toEqual(["mock", "inside"]);
  Object.defineProperty(owner, "it", { ...plain, value: "another mock" });
  expect(seen(owner)).toEqual(["another mock", "inside"]);
  Object.defineProperty(owner, "it", before);
  expect(seen(owner)).toEqual(["inside", "inside"]);
  expect(descriptorOf(owner)).toEqual(plain);
});

test("what was replaced before keeps being theirs outside", async () => {
  const owner = target("theirs");
  expect(seen(owner)).toEqual(["theirs", "inside"]);
  owner.it = "original";
  await realTurn();
  expect(descriptorOf(owner)).toEqual(plain);
});

test("code in a scope that swaps it for a moment changes nothing outside, one that puts its own does", () => {
  const owner = target("theirs");
  using b = bench();
  b.in(() => {
    owner.it = "original";
    owner.it = "inside";
  });
  expect(seen(owner)).toEqual(["theirs", "inside"]);
  b.in(() => (owner.it = "the handler's"));
  expect(seen(owner)).toEqual(["the handler's", "inside"]);
});

test("one that sets the original for a moment outside keeps its fake", async () => {
  const owner = target("theirs");
  owner.it = "original";
  expect(owner.it).toBe("inside");
  owner.it = "theirs";
  await realTurn();
  expect(seen(owner)).toEqual(["theirs", "inside"]);
});

test("fakes that are expected do not show inside for a moment", () => {
  const [faked, spared] = [target("original"), target("original")];
  using b = bench();
  b.in(() => {
    for (const owner of [faked, spared]) expectFakes(owner);
  });
  faked.it = "fake";
  expect(b.in(() => faked.it)).toBe("inside");
  for (const owner of [faked, spared]) reassertReplaceable(owner);
  expect(faked.it).toBe("fake");
  expect(descriptorOf(spared)).toEqual(plain);
});

test("what is only kept from fakes stays as it was made", () => {
  const native = {};
  const owner = {};
  const made = { configurable: true, enumerable: false, get: () => native, set: () => {} };
  Object.defineProperty(owner, "it", made);
  routeReplaceable(owner, "it", { original: native, inside: native });
  expect(descriptorOf(owner)).toEqual(made);
  Object.defineProperty(owner, "it", { ...plain, value: "fake" });
  expect(seen(owner as { it: unknown })).toEqual(["fake", native]);
  Object.defineProperty(owner, "it", made);
  expect(seen(owner as { it: unknown })).toEqual([native, native]);
});

test("a spy reaches into scopes only where it may", () => {
  const spy = vi.fn();
  const [closed, open] = [{ it: spy }, { it: spy }];
  routeReplaceable(closed, "it", { original: 1, inside: 2 });
  routeReplaceable(open, "it", { original: 1, inside: 2, allowsSpies: true });
  expect(seen(closed)).toEqual([spy, 2]);
  expect(seen(open)).toEqual([spy, spy]);
});

test("what is not there, or cannot be changed, is left alone", () => {
  const frozen = Object.freeze({ it: 1 });
  routeReplaceable(frozen, "it", { original: 1, inside: 2 });
  routeReplaceable({}, "it", { original: 1, inside: 2 });
  reassertReplaceable({});
  expectFakes({});
  expect(frozen.it).toBe(1);
});
