/** What a handler logged, and what it should have. */
import { format } from "node:util";
import type { Logger } from "@durabletest/runtime";
import type { ExpectedLog } from "./requirement.ts";
import { type Bindings, substituteText } from "./variables.ts";

/** A logger that keeps its lines, each as `[LEVEL] message`. */
export function recordLogs(): { readonly logger: Logger; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (...data: readonly unknown[]): void => {
      lines.push(`[${level}] ${format(...data)}`);
    };
  const logger = { debug: at("DEBUG"), info: at("INFO"), warn: at("WARN"), error: at("ERROR") };
  return { logger, lines };
}

/** How many lines match is what counts, not their order. */
export function matchLogs(
  expected: readonly ExpectedLog[],
  lines: readonly string[],
  bindings: Bindings,
): readonly string[] {
  return expected.flatMap(({ match, count }) => {
    const message = substituteText(match.message, bindings);
    const pattern = /^\/(?<source>.+)\/$/.exec(message)?.groups?.["source"];
    const regexp = pattern === undefined ? undefined : new RegExp(pattern);
    const found = lines.filter((line) => regexp?.test(line) ?? line.includes(message));
    return found.length === count
      ? []
      : [`logs: expected ${count} of ${message}, got ${found.length}`];
  });
}
