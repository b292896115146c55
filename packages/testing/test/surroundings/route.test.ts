import { expect, test, vi } from "vitest";

import {
  routeGetter,
  routeMethod,
  routeProperty,
  tapMethod,
} from "../../src/surroundings/route.ts";
import { bench } from "./virtual-host.ts";

test("a routed property shows what was assigned outside scopes only", () => {
  using b = bench();
  const replaced = vi.fn();
  const target = { it: "original" };
  routeProperty(target, "it", "original", "inside", replaced);
  const seen = () => [target.it, b.in(() => target.it)];
  expect(seen()).toEqual(["inside", "inside"]);
  target.it = "theirs";
  expect(seen()).toEqual(["theirs", "inside"]);
  b.in(() => {
    target.it = "original";
    target.it = "inside";
  });
  expect(seen()).toEqual(["theirs", "inside"]);
  target.it = "original";
  expect(seen()).toEqual(["inside", "inside"]);
  b.in(() => (target.it = "handler's"));
  expect(seen()).toEqual(["handler's", "inside"]);
  target.it = "inside";
  expect(seen()).toEqual(["inside", "inside"]);
  expect(replaced).toHaveBeenCalledTimes(2);
  expect(Object.keys(target)).toEqual(["it"]);
});

test("a property that somebody has replaced before keeps being theirs outside", () => {
  using b = bench();
  const target = { it: "theirs" };
  routeProperty(target, "it", "original", "inside");
  expect([target.it, b.in(() => target.it)]).toEqual(["theirs", "inside"]);
});

test("what is not there, or cannot be changed, is left alone", () => {
  const frozen = Object.freeze({ it: () => 1 });
  const inScope = () => 2;
  routeProperty(frozen, "it", frozen.it, inScope);
  routeMethod(frozen, "it", inScope);
  routeGetter(frozen, "it", inScope);
  const empty = {};
  routeProperty(empty, "it", 1, 2);
  routeMethod(empty, "it", inScope);
  routeMethod({ it: 5 }, "it", inScope);
  routeGetter(empty, "it", inScope);
  tapMethod(empty, "it", () => {});
  using b = bench();
  expect(b.in(() => frozen.it())).toBe(1);
  expect(empty).toEqual({});
});

test("a routed method keeps its name, length, properties and `this`", () => {
  using b = bench();
  const method = Object.assign(
    function add(this: { base: number }, x: number) {
      return this.base + x;
    },
    { extra: 1 },
  );
  const owner = { base: 1, add: method };
  routeMethod(owner, "add", (_scope, args, native) => Number(native(...args)) * 100);
  expect(owner.add(1)).toBe(2);
  expect(b.in(() => owner.add(1))).toBe(200);
  expect([owner.add.name, owner.add.length, owner.add.extra]).toEqual(["add", 1, 1]);
});

test("a tap sees each call, inherited ones too, and the end of it", () => {
  class Base {
    say(word: string) {
      if (word === "no") throw new Error(word);
      return word;
    }
  }
  class Derived extends Base {}
  const seen: unknown[] = [];
  tapMethod(
    Derived.prototype,
    "say",
    (_self, args) => seen.push(...args),
    () => seen.push("done"),
  );
  expect(new Derived().say("yes")).toBe("yes");
  expect(() => new Derived().say("no")).toThrow("no");
  expect(seen).toEqual(["yes", "done", "no", "done"]);
  expect(new Base().say("unseen")).toBe("unseen");
  expect(seen).toHaveLength(4);
});
