/**
 * The Vite plugin for `vitest.config.ts`.
 *
 * @packageDocumentation
 */
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OutcomeOptions, OutcomeSettings } from "@durabletest/testing/outcomes";
import type { ReportOptions } from "@durabletest/testing/plugin";
import type { Plugin } from "vitest/config";
import type { TestProject, Vitest } from "vitest/node";
import { outcomeReporter } from "./outcome-reporter.ts";
import { OUTCOMES_ROOT } from "./outcomes-meta.ts";
import { MESSAGES_VARIABLE, PICTURES_VARIABLE } from "./report-variables.ts";
import { summaryReporter } from "./summary-reporter.ts";

export type { OutcomeOptions } from "@durabletest/testing/outcomes";
export type { ReportOptions } from "@durabletest/testing/plugin";
export type { DurableMatchers } from "./matchers.ts";
export type { RecordedExecutions } from "./recorded-executions.ts";

/** Settings of the plugin. */
export interface DurablePluginOptions {
  /**
   * Whether the run ends with a line on what was executed, where a terminal is written to. Default: yes.
   */
  readonly summary?: boolean | undefined;
  /**
   * Outcome coverage: which outcomes the operations of the functions under test can have, and which of them some test
   * has seen. Default: it is not looked for.
   */
  readonly outcomes?: OutcomeOptions | undefined;
  /**
   * Whether a test that fails leaves a report, and where: `true` is the folder `.durabletest` in the root of its
   * project. The environment variable `DURABLETEST_REPORTS` (a folder, or `false`) counts before it. Default: yes.
   */
  readonly reports?: boolean | ReportOptions | undefined;
}

/** Where Node keeps what it has compiled, for the next process to take. */
const COMPILE_CACHE = "NODE_COMPILE_CACHE";

/** Reporters that write for people, with a summary at the end. Others are read by machines. */
const WITH_SUMMARY: ReadonlySet<unknown> = new Set(["default", "verbose", "tree"]);

/**
 * Registers the matchers and the snapshot serializer in every test file, and adds a line on the durable
 * executions to the summary of a run.
 *
 * @example
 * ```ts
 * // vitest.config.ts
 * import durable from "@durabletest/vitest-plugin/config";
 * import { defineConfig } from "vitest/config";
 *
 * export default defineConfig({ plugins: [durable()] });
 * ```
 */
export function durable(options: DurablePluginOptions = {}): Plugin {
  const setupFiles = ["setup", ...(options.outcomes === undefined ? [] : ["setup-outcomes"])].map(
    setupFile,
  );
  let outcomes: OutcomeSettings | undefined;
  let reports: Record<string, string> = {};
  return {
    name: "durabletest",
    // Vitest notes what projects inherit before it asks the other plugins.
    enforce: "pre",
    config: {
      order: "pre",
      async handler({ test }) {
        if (options.reports !== undefined) reports = await reportVariables(options.reports);
        if (options.outcomes !== undefined) {
          const { checkOutcomeOptions } = await import("@durabletest/testing/outcomes");
          outcomes = checkOutcomeOptions(options.outcomes);
        }
        return { test: { setupFiles: missing(setupFiles, test?.setupFiles) } };
      },
    },
    configureVitest({ vitest, project }) {
      // In a project that inherits from a configuration whose plugins are given to Vitest's API.
      project.config.setupFiles.push(...missing(setupFiles, project.config.setupFiles));
      cacheCompiled(project);
      project.config.env = { ...reports, ...variablesFor(vitest), ...project.config.env };
      if (outcomes !== undefined) coverOutcomes(outcomes, vitest, project);

      const { reporters } = vitest.config;
      const wanted = reporters.some((each) => Array.isArray(each) && WITH_SUMMARY.has(each[0]));
      const isThere = reporters.some((each) => Reflect.get(each, reporterMark) === true);
      if (options.summary === false || !wanted || isThere) return;
      reporters.push(Object.assign(summaryReporter(vitest), { [reporterMark]: true }));
    },
  };
}

export default durable;

/**
 * With isolation every test file is a process that compiles all that it loads: the first one leaves that to the
 * others. Vitest itself leaves it out for coverage, and `NODE_DISABLE_COMPILE_CACHE=1` everywhere.
 */
function cacheCompiled({ config, vite }: TestProject): void {
  if (process.env[COMPILE_CACHE] !== undefined) return;
  config.env = { [COMPILE_CACHE]: join(vite.config.cacheDir, "durabletest"), ...config.env };
}

/** What is set by hand counts: for one run, nobody edits a configuration. */
async function reportVariables(reports: boolean | ReportOptions): Promise<Record<string, string>> {
  const { checkReportOptions, REPORTS_VARIABLE } = await import("@durabletest/testing/plugin");
  const folder = checkReportOptions(reports);
  return process.env[REPORTS_VARIABLE] === undefined ? { [REPORTS_VARIABLE]: String(folder) } : {};
}

/** Those that show attachments; `blob` keeps them for one of them. */
const WITH_PICTURES: ReadonlySet<unknown> = new Set(["html", "blob"]);

/** Those that print the message of an error, and nothing else of it. */
const WITH_MESSAGES_ALONE: ReadonlySet<unknown> = new Set(["tap", "tap-flat"]);

/** What workers have to know of the reporters. */
function variablesFor({ config: { reporters, ui } }: Vitest): Record<string, string> {
  const isOneOf = (names: ReadonlySet<unknown>): boolean =>
    reporters.some((each) => Array.isArray(each) && names.has(each[0]));
  return {
    ...(ui || isOneOf(WITH_PICTURES) ? { [PICTURES_VARIABLE]: "true" } : {}),
    ...(isOneOf(WITH_MESSAGES_ALONE) ? { [MESSAGES_VARIABLE]: "true" } : {}),
  };
}

/** The plugin may be there once per project; the reporter is for all of them. */
const reporterMark = Symbol.for("durabletest.reporter");

const outcomesMark = Symbol.for("durabletest.outcome-reporter");

/** Of several projects, the first one to say so says how it is reported. */
function coverOutcomes(settings: OutcomeSettings, vitest: Vitest, project: TestProject): void {
  project.config.env = { [OUTCOMES_ROOT]: vitest.config.root, ...project.config.env };
  const { reporters } = vitest.config;
  if (reporters.some((each) => Reflect.get(each, outcomesMark) === true)) return;
  reporters.push(Object.assign(outcomeReporter(vitest, settings), { [outcomesMark]: true }));
}

/**
 * The setup files of ours that a project does not have, for the plugin may be there twice. They have to be there when its
 * configuration is made, for then it decides to run its setup files anew in each test file. One that is added later Node
 * loads, once for all the files of a worker.
 */
function missing(files: readonly string[], present: string | readonly string[] = []): string[] {
  const there = new Set([present].flat());
  return files.filter((file) => !there.has(file));
}

/** Vitest loads it as a module of its own; the built one is an ES module whatever this file was built to. */
function setupFile(name: string): string {
  const file = fileURLToPath(import.meta.url);
  const path = join(file, "..", `${name}${extname(file) === ".ts" ? ".ts" : ".mjs"}`);
  // As Vitest writes paths, on Windows, too.
  return path.replaceAll("\\", "/");
}
