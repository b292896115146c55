/**
 * A reporter for `reporters` in the configuration of Jest, beside the others: a line at the end of a run on how much
 * was executed, and how much time nobody waited for. The preset has it. With `outcomes`, outcome coverage besides.
 *
 * @example
 * ```js
 * // jest.config.mjs
 * export default {
 *   preset: "@durabletest/jest-plugin",
 *   reporters: ["default", ["@durabletest/jest-plugin/reporter", { outcomes: { threshold: 90 } }]],
 * };
 * ```
 *
 * @packageDocumentation
 */
import { createRequire } from "node:module";
import { styleText } from "node:util";
import type { OutcomeOptions, OutcomeSettings } from "@durabletest/testing/outcomes";
import type { ReportOptions } from "@durabletest/testing/plugin";
import { summaryLine } from "@durabletest/testing/plugin/setup";
import { forgetOutcomes, takeOutcomes, wantOutcomes } from "./outcome-files.ts";
import { DEFAULT_FOLDER, leaveReports, wantReports } from "./report-folder.ts";
import { createSummaryFile, takeSummary } from "./summary-file.ts";

export type { OutcomeOptions } from "@durabletest/testing/outcomes";
export type { ReportOptions } from "@durabletest/testing/plugin";

const load = createRequire(import.meta.url);

/** Settings of the reporter. */
export interface DurableReporterOptions {
  /**
   * Outcome coverage: which outcomes the operations of the functions under test can have, and which of them some test
   * has seen. Default: it is not looked for.
   */
  readonly outcomes?: OutcomeOptions | undefined;
  /**
   * Whether a test that fails leaves a report, and where: `true` is the folder `.durabletest` in `rootDir`. The
   * environment variable `DURABLETEST_REPORTS` (a folder, or `false`) counts before it. Default: yes.
   */
  readonly reports?: boolean | ReportOptions | undefined;
}

/** What is read of Jest's configuration. */
export interface ReporterGlobalConfig {
  readonly rootDir: string;
  readonly watch: boolean;
  readonly watchAll: boolean;
  readonly shard?: { readonly shardIndex: number; readonly shardCount: number } | undefined;
}

const NO_CONFIG: ReporterGlobalConfig = { rootDir: process.cwd(), watch: false, watchAll: false };

/** As Jest calls it. */
export class DurableReporter {
  readonly #config: ReporterGlobalConfig;
  readonly #outcomes: OutcomeSettings | undefined;
  readonly #reports: string | false;
  /** Paths of test files that have begun to run. */
  readonly #begun = new Set<string>();
  #failure: Error | undefined;

  /** @throws InvalidArgumentError when a setting cannot be right. */
  constructor(
    config: ReporterGlobalConfig = NO_CONFIG,
    { outcomes, reports = true }: DurableReporterOptions = {},
  ) {
    this.#config = config;
    this.#reports = checkedReports(reports);
    if (outcomes !== undefined) this.#outcomes = loadOutcomes().checkOutcomeOptions(outcomes);
  }

  onRunStart(): void {
    createSummaryFile();
    wantReports(this.#reports, this.#config.rootDir);
    if (this.#outcomes !== undefined) wantOutcomes(this.#config.rootDir);
  }

  onTestFileStart({ path }: { readonly path: string }): void {
    const { watch, watchAll } = this.#config;
    // In several projects it is several test files.
    if (this.#outcomes === undefined || !(watch || watchAll) || this.#begun.has(path)) return;
    this.#begun.add(path);
    forgetOutcomes(path);
  }

  onRunComplete(): void {
    leaveReports();
    const line = summaryLine(takeSummary());
    if (line !== undefined) {
      // In the columns of Jest's own summary, and where that is written.
      const label = styleText("bold", "Durable:", { stream: process.stderr });
      process.stderr.write(`${label}     ${line}\n`);
    }
    if (this.#outcomes !== undefined) this.#reportOutcomes(this.#outcomes);
  }

  /** Asked by Jest: a run with an error fails. */
  getLastError(): Error | undefined {
    return this.#failure;
  }

  #reportOutcomes(settings: OutcomeSettings): void {
    const { rootDir, watch, watchAll, shard } = this.#config;
    const { failure } = loadOutcomes().writeOutcomes(
      takeOutcomes({ keep: watch || watchAll }),
      settings,
      {
        root: rootDir,
        print: (text) => process.stderr.write(`\n${text}`),
        shard: shard && { index: shard.shardIndex, count: shard.shardCount },
      },
    );
    if (failure === undefined) return;
    process.stderr.write(`\n${failure}\n`);
    this.#failure = new Error(failure);
  }
}

/** What is usual needs no check, and nothing to be loaded. */
function checkedReports(reports: boolean | ReportOptions): string | false {
  if (reports === true) return DEFAULT_FOLDER;
  const plugin = load(
    "@durabletest/testing/plugin",
  ) as typeof import("@durabletest/testing/plugin");
  return plugin.checkReportOptions(reports);
}

/** Only where it is wanted. */
function loadOutcomes(): typeof import("@durabletest/testing/outcomes") {
  return load("@durabletest/testing/outcomes") as typeof import("@durabletest/testing/outcomes");
}

export default DurableReporter;
