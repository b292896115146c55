import type { HistoryEvent } from "@durabletest/testing";

/** A history as a file: what GetDurableExecutionHistory answers, in one page. An event a line, so that diffs read well. */
export function historyText(
  events: readonly (HistoryEvent | object)[],
  about: object = {},
): string {
  const fields = Object.entries(about).flatMap(([key, value]) =>
    value === undefined ? [] : [`${JSON.stringify(key)}: ${JSON.stringify(value)},`],
  );
  const lines = events.map((event) => `  ${JSON.stringify(event)}`).join(",\n");
  return `{${fields.join("\n")}${fields.length > 0 ? "\n" : ""}"Events": [\n${lines}\n]}\n`;
}
