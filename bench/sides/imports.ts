/** What importing a package takes, in a fresh process whose files are in the disk cache. */
import { execFileSync } from "node:child_process";
import { summary, type Timing } from "../measure.ts";
import { quick, report } from "./side.ts";

const PROCESSES = quick ? 15 : 25;

const packages = {
  testing: "@durabletest/testing",
  awsTesting: "@aws/durable-execution-sdk-js-testing",
} as const;

type Imports = Record<keyof typeof packages, Timing>;

/** Milliseconds of one import, without the start of Node. */
function importOnce(name: string): number {
  const script = `const start = performance.now(); await import(${JSON.stringify(name)}); process.stdout.write(String(performance.now() - start)); process.exit();`;
  const options = { cwd: import.meta.dirname, encoding: "utf8" } as const;
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", script], options));
}

function measure(): Imports {
  const samples = { testing: [] as number[], awsTesting: [] as number[] };
  for (const name of Object.values(packages)) importOnce(name);
  // In turns, so that a slow moment of the machine is a moment of both.
  for (let count = 0; count < PROCESSES; count += 1) {
    samples.testing.push(importOnce(packages.testing));
    samples.awsTesting.push(importOnce(packages.awsTesting));
  }
  return { testing: summary(samples.testing), awsTesting: summary(samples.awsTesting) };
}

report(measure());
