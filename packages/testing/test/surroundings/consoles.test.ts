import { Console } from "node:console";
import { Writable } from "node:stream";

import { afterAll, expect, test } from "vitest";

import { installScopedGlobals } from "../../src/surroundings/globals.ts";
import { bench } from "./virtual-host.ts";

installScopedGlobals();

const b = bench();
afterAll(() => b[Symbol.dispose]());

const makers = {
  outside: <T>(make: () => T): T => make(),
  inside: <T>(make: () => T): T => b.in(make),
};

function written(): { readonly stream: Writable; text(): string } {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

test.each(Object.entries(makers))("a console made %s a scope", (_, make) => {
  const out = written();
  const err = written();
  const made = make(() => new Console({ stdout: out.stream, stderr: err.stream }));

  expect(made).toBeInstanceOf(Console);
  made.info("told %d", 1);
  made.group("group");
  made.log({ a: 1 });
  made.groupEnd();
  made.warn("careful");
  made.count();
  made.count();

  expect(out.text()).toBe("told 1\ngroup\n  { a: 1 }\ndefault: 1\ndefault: 2\n");
  expect(err.text()).toBe("careful\n");
});

test("has, in a scope, what it has outside", () => {
  const streams = () => ({ stdout: written().stream, stderr: written().stream });
  const [inside, outside] = [b.in(() => new Console(streams())), new Console(streams())];

  expect(Reflect.ownKeys(inside)).toEqual(Reflect.ownKeys(outside));
  expect(Object.getPrototypeOf(inside)).toBe(Object.getPrototypeOf(outside));
  expect("log" in inside).toBe(true);
});

test("can be spied on and changed", () => {
  const out = written();
  const made = b.in(() => new Console({ stdout: out.stream, stderr: out.stream }));
  const seen: unknown[] = [];
  const see = (...args: unknown[]) => seen.push(args);
  made.log = see;
  made.log("one");
  Object.defineProperty(made, "info", { value: see });
  made.info("two");
  expect(delete (made as Partial<Console>).debug).toBe(true);
  expect(Object.keys(made)).not.toContain("debug");

  expect(seen).toEqual([["one"], ["two"]]);
  expect(out.text()).toBe("");
});

test.each(Object.entries(makers))("all other ways of making one, %s a scope", (_, make) => {
  const out = written();
  class Mine extends Console {
    shout(text: string): void {
      this.log(text.toUpperCase());
    }
  }
  make(() => new Mine({ stdout: out.stream, stderr: out.stream })).shout("mine");
  make(() => new Console(out.stream)).log("a stream");
  make(() => new Console(out.stream, out.stream)).warn("two streams");
  make(() => (Console as unknown as (stream: Writable) => Console)(out.stream)).log("no new");
  make(() => new Console({ stdout: out.stream })).log("one stream");
  make(() => new Console({ stdout: out.stream, stderr: out.stream, groupIndentation: 1 })).log(
    "more options",
  );

  expect(out.text()).toBe("MINE\na stream\ntwo streams\nno new\none stream\nmore options\n");
});

test.each(Object.entries(makers))("a wrong stream is an error at once, %s a scope", (_, make) => {
  const wrong = [
    {},
    { stdout: 1, stderr: 1 },
    { stdout: null, stderr: null },
    { stdout: {} },
    null,
  ];
  for (const options of wrong) {
    expect(() => make(() => new Console(options as never))).toThrow(
      expect.objectContaining({ code: "ERR_CONSOLE_WRITABLE_STREAM" }),
    );
  }
});
