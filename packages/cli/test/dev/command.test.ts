import { Command } from "commander";
import { expect, test } from "vitest";
import { addDev } from "../../src/commands/dev.ts";
import { assetOf } from "../../src/dev/assets.ts";
import { Watchers } from "../../src/dev/watchers.ts";
import { FileWatch } from "../../src/dev/watch-files.ts";
import { processIo } from "../../src/io.ts";
import { project } from "../support/command.ts";
import { openPlace } from "./support/place.ts";

const { directory, run } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async () => 1);`,
});

async function dev(...args: readonly string[]): Promise<string> {
  let said = "";
  let exitCode = -1;
  const program = new Command("durabletest").exitOverride();
  const stdout = { isTTY: false, columns: undefined, write: (text: string) => void (said += text) };
  const io = { ...processIo(), cwd: directory, stdout };
  addDev(program, io, (code) => (exitCode = code), {
    secret: () => "secret",
    stopped: async () => {},
  });
  await program.parseAsync(["dev", "src/order.ts", ...args], { from: "user" });
  return `${said}${exitCode}`;
}

test("the page's address is said, and the command ends well when it is told to", async () => {
  expect(await dev("--port", "0")).toMatch(
    /^durabletest dev: http:\/\/127\.0\.0\.1:\d+\/\nCtrl\+C ends it\.\n0$/,
  );
});

test("a file that is not there, and a port that is none, are refused", async () => {
  const missing = await run(["dev", "src/ordre.ts"]);
  expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("order.ts")]);
  const port = await run(["dev", "src/order.ts", "--port", "70000"]);
  expect([port.exitCode, port.stderr]).toEqual([2, expect.stringContaining("That is no port")]);
});

test("the files of the page are served, and those only; also where the address is one of version 6", async () => {
  const place = await openPlace(directory, ["src/order.ts"]);
  for (const [name, type] of [
    ["main.ts", "text/javascript; charset=utf-8"],
    ["style.css", "text/css; charset=utf-8"],
    ["icon.svg", "image/svg+xml; charset=utf-8"],
  ] as const) {
    const { status, headers } = await place.send({ path: `/page/${name}` });
    expect([status, headers["content-type"]]).toEqual([200, type]);
  }
  expect(assetOf("tsconfig.json")).toBeUndefined();
  expect(assetOf("main.mjs")).toBeUndefined();
  const wide = await openPlace(directory, ["src/order.ts"], { host: "0.0.0.0" });
  expect(wide.dev.url).toBe(`http://127.0.0.1:${wide.port}/`);
  await expect(openPlace(directory, ["src/order.ts"], { host: "256.0.0.1" })).rejects.toThrow(
    "256.0.0.1",
  );
});

test("nobody is told where nobody looks on, and folders that are not there are not watched", () => {
  const watchers = new Watchers();
  watchers.tell("session", {});
  expect(watchers.size).toBe(0);
  const watch = new FileWatch({ sleep: async () => {} }, () => {});
  watch.add(["/nowhere/at/all", directory, directory]);
  watch.close();
  watch.add([directory]);
});
