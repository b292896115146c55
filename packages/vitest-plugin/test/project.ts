import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { type CliOptions, type InlineConfig, startVitest, type TestCase } from "vitest/node";
import type { Plugin } from "vitest/config";

/** From source, as in the workspace itself. */
export const conditions: string[] = ["@durabletest/source", "module", "node", "import", "default"];

/** Of processes in which Node loads the sources itself. */
export const fromSource: string[] = [
  "--conditions=@durabletest/source",
  ...(process.features.typescript === false ? ["--experimental-strip-types"] : []),
];

/** What a run of Vitest on a project came to. */
interface ProjectRun {
  /** What the terminal shows, without colours. */
  readonly output: string;
  /** Messages of what failed, by the name of the test; empty for what passed. */
  readonly failures: Readonly<Record<string, string>>;
  readonly exitCode: number;
}

/** Files on disk, on which the real Vitest runs. */
export interface Project extends Disposable {
  readonly root: string;
  write(file: string, text: string): void;
  read(file: string): string;
  run(options?: RunOptions): Promise<ProjectRun>;
}

interface RunOptions {
  readonly plugins?: readonly Plugin[];
  readonly test?: InlineConfig;
  readonly reporters?: string[];
  /** Of the command line. */
  readonly cli?: CliOptions;
  /** What a test of ours looks at before Vitest is closed. */
  readonly inspect?: (tests: readonly TestCase[]) => void;
}

/** How most of the test files begin. */
export const imports = `
import { expect } from "vitest";
import { durableTest } from "@durabletest/vitest-plugin";
import { orderHandler } from "../order.ts";
const test = durableTest(orderHandler);
`;

/** Lives beside the tests, so that it finds the packages that they find. Its tests are *.case.ts. */
export function createProject(files: Readonly<Record<string, string>>): Project {
  const root = mkdtempSync(join(import.meta.dirname, ".project-"));
  const write = (file: string, text: string): void => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return {
    root,
    write,
    read: (file) => readFileSync(join(root, file), "utf8"),
    run: async (options = {}) => runVitest(root, options),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Like the one of a process, it does not close when a worker's output that is piped into it ends. */
class Terminal extends Writable {
  text = "";

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }

  override end(): this {
    return this;
  }
}

/** What a run has set, or 0. */
function exitCodeNow(): number {
  return Number(process.exitCode ?? 0);
}

async function runVitest(root: string, options: RunOptions): Promise<ProjectRun> {
  const { plugins = [], test = {}, reporters = ["default"], cli = {} } = options;
  const terminal = new Terminal();
  const { exitCode } = process;
  process.exitCode = 0;
  // oxlint-disable-next-line typescript/no-deprecated -- the form that Vitest 4 has, too
  const vitest = await startVitest(
    "test",
    [],
    { root, config: false, watch: false, reporters, ...cli },
    {
      plugins: [...plugins],
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      // Said aloud, because Vitest decides otherwise where CI is set.
      test: { include: ["**/*.case.ts"], update: "new", allowOnly: true, ...test },
    },
    { stdout: terminal, stderr: terminal },
  );
  const tests = vitest.state
    .getTestModules()
    .flatMap(({ children }): readonly TestCase[] => [...children.allTests()]);
  options.inspect?.(tests);
  const failures = tests.map((each) => {
    const messages = (each.result().errors ?? []).map(({ message, diff = "" }) =>
      diff === "" ? message : `${message}\n${diff}`,
    );
    // Wherever the project stands.
    const text = stripVTControlCharacters(messages.join("\n")).replaceAll(
      /\S*\.project-\w+\//g,
      "",
    );
    return [each.name, text] as const;
  });
  await vitest.close();
  const failed = exitCodeNow();
  // It is that of the run that failed on purpose.
  process.exitCode = exitCode;
  return {
    output: stripVTControlCharacters(terminal.text),
    failures: Object.fromEntries(failures),
    exitCode: failed,
  };
}
