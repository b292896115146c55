/**
 * Measures our runtime and harness against the bare functions and against AWS's test runner, and prints
 * how the figures stand to their targets. README.md says how to read them.
 *
 * Every side runs in a process of its own, one after the other: AWS's runner fakes the timers of its
 * whole process, and memory and imports want an empty one.
 */
import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { evaluate, type Sides } from "./figures.ts";
import { formatReport } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
  },
});

const sides = {
  floor: new URL("sides/floor.ts", import.meta.url),
  durabletest: new URL("sides/durabletest.ts", import.meta.url),
  "aws-handlers": new URL("sides/aws-handlers.ts", import.meta.url),
  "aws-runner": new URL("sides/aws-runner.ts", import.meta.url),
  memory: new URL("sides/memory.ts", import.meta.url),
  requests: new URL("sides/requests.ts", import.meta.url),
  imports: new URL("sides/imports.ts", import.meta.url),
  "explore-floor": new URL("sides/explore-floor.ts", import.meta.url),
  explore: new URL("sides/explore.ts", import.meta.url),
  suites: new URL("sides/suites.ts", import.meta.url),
  "long-suites": new URL("sides/long-suites.ts", import.meta.url),
} as const;

const report = evaluate({
  floor: await measure("floor"),
  durabletest: await measure("durabletest"),
  "aws-handlers": await measure("aws-handlers"),
  "aws-runner": await measure("aws-runner"),
  memory: await measure("memory"),
  requests: await measure("requests"),
  imports: await measure("imports"),
  "explore-floor": await measure("explore-floor"),
  explore: await measure("explore"),
  suites: await measure("suites"),
  ...(options.long ? { "long-suites": await measure("long-suites") } : {}),
});

process.stdout.write(
  options.json ? `${JSON.stringify(report, undefined, 2)}\n` : `\n${formatReport(report)}`,
);

/** Runs a side and takes its message. What it prints itself goes to standard error. */
function measure<Name extends keyof Sides>(name: Name): Promise<Sides[Name]> {
  process.stderr.write(`measuring: ${name}\n`);
  return new Promise((resolve, reject) => {
    const side = fork(sides[name], options.quick ? ["--quick"] : [], {
      execArgv: ["--expose-gc"],
      stdio: ["ignore", process.stderr, "inherit", "ipc"],
    });
    let figures: Omit<Sides[Name], "lingeredMs"> | undefined;
    let reportedAt = 0;
    side.on("message", (message) => {
      figures = message as Sides[Name];
      reportedAt = performance.now();
    });
    side.on("error", reject);
    side.on("exit", (code, signal) => {
      const lingeredMs = performance.now() - reportedAt;
      if (figures !== undefined && code === 0) resolve({ ...figures, lingeredMs } as Sides[Name]);
      else reject(new Error(`The side "${name}" ended without figures (${signal ?? code}).`));
    });
  });
}
