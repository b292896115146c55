/** `pnpm test:browser`: installs a browser where none is, runs the tests that need one, and measures frames. */
import { spawnSync } from "node:child_process";
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
const run = (...args: readonly string[]): number =>
  spawnSync(process.execPath, [...args], { stdio: "inherit" }).status ?? 1;
const failed = configs.map((config) => run(vitest, "run", "--config", config));
run("--conditions=@durabletest/source", measure);
process.exit(Math.max(...failed));
