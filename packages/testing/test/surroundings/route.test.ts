import { expect, test } from "vitest";

import { routeGetter, routeMethod, tapMethod } from "../../src/surroundings/route.ts";
import { bench } from "./virtual-host.ts";

test("what is not there, or cannot be changed, is left alone", () => {
  const frozen = Object.freeze({ it: () => 1 });
  const inScope = () => 2;
  routeMethod(frozen, "it", inScope);
  routeGetter(frozen, "it", inScope);
  const empty = {};
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
