/**
 * The first five minutes of somebody who has README.md and an empty folder: its commands with npm, with the tarballs in
 * the place of what is not published yet; the test red, its timeline and its report; green; and the command. With pnpm
 * and yarn, which lay out node_modules otherwise: installed, and green.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import {
  Checks,
  type Command,
  installedVersion,
  outcomeOf,
  packageFile,
  packAll,
  withoutCI,
} from "./packed.ts";
import { readManifest, workspaceRoot } from "./packages.ts";
import { needsRegistry } from "./registry.ts";

const PNPM = "pnpm@12.21.0";
const YARN = "@yarnpkg/cli-dist@4.18.1";

/** Both tests passed, the plugin's line is there, and nobody warns of anything. */
const GREEN = /^(?![\s\S]*\(!\))[\s\S]*Tests {2}2 passed[\s\S]*Durable {2}2 executions/;

/** Of one command, in milliseconds. */
const LIMIT = 240_000;

needsRegistry("a first project");
const root = mkdtempSync(join(tmpdir(), "durabletest-five-minutes-"));
const checks = new Checks();
const env = {
  ...withoutCI,
  NO_COLOR: "1",
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};
try {
  const files = new Map(packAll(root).map(({ name, file }) => [name, `file:${file}`]));
  const readme = readFileSync(join(workspaceRoot, "README.md"), "utf8");
  await Promise.all([withNpm(readme, files), withPnpm(readme, files), withYarn(readme, files)]);
} finally {
  rmSync(root, { recursive: true, force: true });
}
checks.end();

async function withNpm(readme: string, files: ReadonlyMap<string, string>): Promise<void> {
  const { directory, run } = folder("npm");
  for (const line of setUpCommands(readme)) {
    const [program, verb = "", ...rest] = line.split(" ");
    const offline = verb === "install" ? ["--prefer-offline"] : [];
    const words = rest.map((word) => files.get(word) ?? pinned(word));
    // Installed, since what its tarball wants is in no registry yet; `npx durabletest` then finds it.
    if (rest.includes("--save-dev")) words.push(files.get("durabletest") ?? "durabletest");
    if (!(await run(line, [program ?? "npm", verb, ...offline, ...words]))) return;
  }
  writeFiles(directory, readme);
  await checkRedTest(directory);
  await run("npx vitest run, green", ["npx", "vitest", "run"], { says: GREEN });
  await run("npx durabletest --help", ["npx", "durabletest", "--help"], {
    says: /^Usage: durabletest[\s\S]*\n {2}run </,
  });
  const order = JSON.stringify({ id: "order-1", amount: 250 });
  await run("npx durabletest run", ["npx", "durabletest", "run", "approval.ts", "--input", order], {
    says: /callback "approval"/,
  });
}

/** One expectation turned round: the test fails, and what it prints is what the README promises. */
async function checkRedTest(directory: string): Promise<void> {
  const file = join(directory, "approval.test.ts");
  const green = readFileSync(file, "utf8");
  const red = green.replace('toHaveSucceededWith("expired")', 'toHaveSucceededWith("approved")');
  writeFileSync(file, red);
  const { passed, output } = await outcomeOf(["npx", "vitest", "run"], directory, LIMIT, env);
  writeFileSync(file, green);
  const holds = (title: string, condition: boolean): void => {
    checks.check(`npm: ${title}`, condition, output);
  };
  holds("an expectation that does not hold is a red test", red !== green && !passed);
  holds("only that test is red", /1 failed \| 1 passed/.test(output));
  holds("it says what was expected", /- approved\s+\+ expired/.test(output));
  holds(
    "its timeline is printed",
    ["Timeline", 'callback "approval" times out', 'SUCCEEDED → "expired"'].every((line) =>
      output.includes(line),
    ),
  );
  checkReport(directory, output, holds);
}

/** The last that the failure says, before Vitest shows where it was: a page that needs nothing but itself. */
function checkReport(
  directory: string,
  output: string,
  holds: (title: string, condition: boolean) => void,
): void {
  const [, path = ""] =
    /\n\nReport\n {2}(\.durabletest\/\S+\.html)\n ❯ approval\.test\.ts/.exec(output) ?? [];
  holds("the failure ends with the path of its report", path !== "");
  if (path === "") return;
  const report = readFileSync(join(directory, path), "utf8");
  holds("the report is a page", /^<!doctype html>/i.test(report) && report.includes("order-1"));
  holds("which loads nothing", !/<(?:script|img|link|iframe)[^>]+(?:src|href)=/i.test(report));
}

async function withPnpm(readme: string, files: ReadonlyMap<string, string>): Promise<void> {
  const { directory, run } = folder("pnpm");
  writeManifest(directory, readme, files);
  // What one tarball wants of another is in no registry yet.
  const overrides = Object.fromEntries(files);
  writeFileSync(join(directory, "pnpm-workspace.yaml"), JSON.stringify({ overrides }));
  const install = ["install", "--prefer-offline", "--no-frozen-lockfile"];
  if (!(await run("install", ["npx", "-y", PNPM, ...install]))) return;
  writeFiles(directory, readme);
  const vitest = join(directory, "node_modules/.bin/vitest");
  await run("vitest run, green", [vitest, "run"], { says: GREEN });
}

async function withYarn(readme: string, files: ReadonlyMap<string, string>): Promise<void> {
  const { directory, run } = folder("yarn");
  // It installs no peers.
  const { vite = "*" } = readManifest(dirname(packageFile("vitest"))).peerDependencies ?? {};
  const resolutions = Object.fromEntries(files);
  writeManifest(directory, readme, files, { vite }, { resolutions });
  const settings = {
    nodeLinker: "node-modules",
    enableTelemetry: false,
    enableImmutableInstalls: false,
  };
  writeFileSync(join(directory, ".yarnrc.yml"), JSON.stringify(settings));
  // A project of its own, whatever lies above it.
  writeFileSync(join(directory, "yarn.lock"), "");
  if (!(await run("install", ["npx", "-y", "-p", YARN, "yarn", "install"]))) return;
  writeFiles(directory, readme);
  const vitest = join(directory, "node_modules/.bin/vitest");
  await run("vitest run, green", [vitest, "run"], { says: GREEN });
}

interface Folder {
  readonly directory: string;
  /** Runs a command there, as a check that it ends well and says what it should. */
  readonly run: (
    title: string,
    command: Command,
    expected?: { readonly says: RegExp },
  ) => Promise<boolean>;
}

function folder(manager: string): Folder {
  const directory = join(root, manager);
  mkdirSync(directory);
  return {
    directory,
    run: async (title, command, { says } = { says: /(?:)/ }) => {
      const start = performance.now();
      const { passed, output } = await outcomeOf(command, directory, LIMIT, env);
      const holds = passed && says.test(output);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      checks.check(`${manager}: ${title} (${seconds} s)`, holds, output);
      return holds;
    },
  };
}

function writeManifest(
  directory: string,
  readme: string,
  files: ReadonlyMap<string, string>,
  more: Readonly<Record<string, string>> = {},
  settings: object = {},
): void {
  const names = setUpCommands(readme)
    .filter((line) => line.startsWith("npm install"))
    .flatMap((line) => line.split(" ").slice(2))
    .filter((word) => !word.startsWith("-"));
  const dependencies = Object.fromEntries(
    names.map((name) => [name, files.get(name) ?? pinned(name).slice(`${name}@`.length)]),
  );
  const manifest = { name: "first-project", version: "1.0.0", private: true, type: "module" };
  writeFileSync(
    join(directory, "package.json"),
    JSON.stringify({ ...manifest, dependencies: { ...dependencies, ...more }, ...settings }),
  );
}

/** The first commands of the page. */
function setUpCommands(readme: string): readonly string[] {
  const [, block = ""] = /^```sh\n(npm [\s\S]*?)^```$/m.exec(readme) ?? [];
  const commands = block
    .split(/\n| && /)
    .map((line) => line.replace(/\s+#.*$/, ""))
    .filter((line) => line !== "");
  if (!commands.some((line) => line.startsWith("npm install"))) {
    throw new Error("README.md does not begin with commands that install something.");
  }
  return commands;
}

/** In the workspace's version: what somebody else publishes tomorrow is no finding about this commit. */
function pinned(word: string): string {
  const isPackage = word === "vitest" || word === "@types/node";
  return isPackage ? `${word}@${installedVersion(word)}` : word;
}

/** Writes each block of the page that begins with its file's name. */
function writeFiles(directory: string, readme: string): void {
  const blocks = readme.matchAll(/^```ts.*\n(\/\/ ([\w.-]+\.ts)\b[\s\S]*?)^```$/gm);
  const written = [...blocks].map(([, code = "", name = ""]) => {
    writeFileSync(join(directory, name), code);
    return name;
  });
  const expected = ["approval.ts", "approval.test.ts", "vitest.config.ts"];
  if (written.join() !== expected.join()) {
    throw new Error(`README.md shows ${written.join(", ")}; wanted: ${expected.join(", ")}.`);
  }
}
