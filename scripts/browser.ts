/**
 * A browser for tests and measurements: Chromium as the system has it, through playwright-core, which brings none.
 */
import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser's executable: that of `CHROMIUM_PATH`, else the first on the path. */
export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...(named === undefined ? [] : [named]), ...candidates].find(isExecutable);
}

/** Why tests that need a browser are skipped; `undefined` where there is one. */
export function reasonWithoutBrowser(): string | undefined {
  return findChromium() === undefined
    ? "no Chromium: install it (apt-get install chromium), or name one in CHROMIUM_PATH"
    : undefined;
}

/** @throws Error where there is none: see {@link reasonWithoutBrowser}. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(reasonWithoutBrowser());
  // Its sandbox needs rights that containers do not have; it opens only what the tests have written.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** Installs it where that is possible without asking anybody: as root, or with a sudo that asks for no password. */
export function installChromium(): void {
  if (findChromium() !== undefined || process.platform !== "linux") return;
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  for (const command of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const [program = "apt-get", ...args] = [...sudo, "apt-get", "-qq", ...command];
    try {
      execFileSync(program, args, {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
        timeout: 300_000,
      });
    } catch {
      // Whoever needs it says that it is not there.
      return;
    }
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
