import { listenToOutcomes } from "../executed.ts";
import { OutcomeCollector } from "./collector.ts";
import { loadedModules } from "./loaded-modules.ts";
import type { ObservedFunction } from "./observation.ts";
import { checkOutcomeOptions, type OutcomeOptions } from "./options.ts";
import { writeOutcomes } from "./write.ts";

// Not imported: see surroundings/builtins.ts.
const { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } =
  process.getBuiltinModule("node:fs");
const { dirname, join, relative, resolve } = process.getBuiltinModule("node:path");
const { hash } = process.getBuiltinModule("node:crypto");

/**
 * Outcome coverage of tests with `node:test`. In a module that is loaded before each test file, it collects what the
 * executions of that file come to; run by itself afterwards, that module prints and writes the report of all of them,
 * and ends with exit code 1 below the threshold.
 *
 * Test files are processes of their own, and leave what they have seen in the folder of reports. Where they are not
 * (`--test-isolation=none`, a file that is run without `--test`), the report comes at once.
 *
 * @throws InvalidArgumentError when a setting cannot be right.
 *
 * @example
 * ```ts
 * // outcomes.mjs, for `node --import ./outcomes.mjs --test && node outcomes.mjs`
 * collectOutcomes({ threshold: 90 });
 * ```
 */
export function collectOutcomes(options: OutcomeOptions = {}): void {
  const settings = checkOutcomeOptions(options);
  const root = process.cwd();
  const parts = new Parts(resolve(root, settings.reportsDirectory, ".test-files"));
  const [, testFile = "tests"] = process.argv;
  const collector = new OutcomeCollector({
    root,
    testFile: () => testFile,
    modules: loadedModules(),
  });
  listenToOutcomes((runner) => collector.executed(runner));
  process.once("exit", () => {
    // What Node says to the processes of test files.
    if (process.env["NODE_TEST_CONTEXT"] !== undefined) {
      parts.leave({ testFile: relative(root, testFile), observed: collector.take() });
      return;
    }
    const { failure } = writeOutcomes([...collector.take(), ...parts.take(root)], settings, {
      root,
      print: (text) => process.stdout.write(text),
    });
    if (failure === undefined) return;
    process.stderr.write(`${failure}\n`);
    process.exitCode ||= 1;
  });
}

/** What a test file leaves for the report. */
interface Part {
  /** From the root of the project. */
  readonly testFile: string;
  readonly observed: readonly ObservedFunction[];
}

/** What test files leave for the report. */
class Parts {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In the place of what that test file has left before. */
  leave(part: Part): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, `${hash("md5", part.testFile)}.json`), JSON.stringify(part));
  }

  /** All that is there; but nothing of test files that are not there any more: an earlier run has left it. */
  take(root: string): readonly ObservedFunction[] {
    if (!existsSync(this.#folder)) return [];
    const left = readdirSync(this.#folder).map(
      (file) => JSON.parse(readFileSync(join(this.#folder, file), "utf8")) as Part,
    );
    rmSync(this.#folder, { recursive: true });
    const reports = dirname(this.#folder);
    if (readdirSync(reports).length === 0) rmdirSync(reports);
    return left.flatMap(({ testFile, observed }) =>
      existsSync(resolve(root, testFile)) ? observed : [],
    );
  }
}
