/** `pnpm test:browser`: installs a browser where none is, runs the tests that need one, and measures frames. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  findChromium,
  installChromium,
  reasonWithoutBrowser,
} from "../../../../scripts/browser.ts";

if (findChromium() === undefined && process.env["CI"] !== undefined) installChromium();
const reason = reasonWithoutBrowser();
if (reason !== undefined) {
  console.log(`Skipped: ${reason}.`);
  // As other stages that find something missing around them.
  process.exit(75);
}
const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));
const configs = ["vitest.config.ts", "../../../cli/test/browser/vitest.config.ts"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
const measure = fileURLToPath(new URL("measure.ts", import.meta.url));

/** What it prints is printed when it has ended. */
async function run(...args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  process.stdout.write(await text(child.stdout));
  await ended;
  return child.exitCode ?? 1;
}

// Side by side: each of them waits for its browser most of the time.
const codes = await Promise.all(configs.map((config) => run(vitest, "run", "--config", config)));
// Alone: its frames are counted.
await run("--conditions=@durabletest/source", measure);
process.exitCode = Math.max(...codes);
