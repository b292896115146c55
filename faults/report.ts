/** What became of the cases, as text. */
import { commandFor } from "./cases.ts";
import type { FaultCase, Observation } from "./fault-case.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { RUNTIMES, type RuntimeName } from "./messages.ts";
import { type Breach, promiseOf, type Verdict } from "./verdict.ts";

export interface Played {
  readonly faultCase: FaultCase;
  readonly observed: Observation;
  readonly verdict: Verdict;
}

const TITLES: Readonly<Record<RuntimeName, string>> = {
  durabletest: "@durabletest/runtime",
  aws: "AWS's SDK 2.4.0",
};

const PROMISES: Readonly<Record<FaultKind["promise"], string>> = {
  hidden: "nothing is noticed",
  completes: "right result",
  fails: "execution fails",
};

/** A case that is not as promised, and how to repeat it. */
export function formatBreach({ faultCase, observed, verdict }: Played): string {
  const { status, result, error, effects, broken, unhandled } = observed;
  const brief = (text: string): string => text.slice(0, 200);
  const lines = [
    `${verdict.breaches.join(", ").toUpperCase()}  ${commandFor(faultCase)}`,
    `${status ?? "given up"} ${JSON.stringify(result) ?? ""}${brief(error ?? "")}`.trim(),
    `bodies: ${effects.join(" ") || "none"}`,
    ...broken.slice(0, 3).map(brief),
    ...unhandled.slice(0, 3).map((reason) => `unhandled: ${brief(reason)}`),
  ];
  return lines.join("\n    ");
}

/** One line: what was tried, and what came of it. */
export function formatCounts(played: readonly Played[], sandboxes: number): string {
  const counts = RUNTIMES.flatMap((runtime) => {
    const own = played.filter(({ faultCase }) => faultCase.runtime === runtime);
    if (own.length === 0) return [];
    const broken = own.filter(({ verdict }) => verdict.breaches.length > 0).length;
    return [`${runtime}: ${own.length - broken} as promised, ${broken} not`];
  });
  const unstruck = played.filter(({ observed }) => !observed.struck).length;
  const requests = played.reduce((sum, { observed }) => sum + observed.requests.length, 0);
  return `${played.length} cases, ${requests} requests, ${sandboxes} sandboxes, ${unstruck} plans not played to their end; ${counts.join("; ")}`;
}

/** The tables of `docs/reliability.md`: what became of which fault, and how many requests there were. */
export function formatTables(played: readonly Played[]): {
  readonly faults: string;
  readonly requests: string;
} {
  return { faults: faultTable(played), requests: requestTable(played) };
}

function faultTable(played: readonly Played[]): string {
  const rows = groupBy(played, ({ faultCase }) => faultCase.row);
  return table(
    ["fault", "promised", ...RUNTIMES.flatMap((runtime) => [TITLES[runtime], "bodies again"])],
    [...rows].map(([row, cases]) => [
      row,
      promisesIn(cases),
      ...RUNTIMES.flatMap((runtime) => {
        const own = cases.filter(({ faultCase }) => faultCase.runtime === runtime);
        return [cell(own), reruns(own)];
      }),
    ]),
  );
}

/** Of cases in one row: a page that is refused is not as bad as a checkpoint. */
function promisesIn(cases: readonly Played[]): string {
  const promises = new Set(
    cases.map(({ faultCase, observed }) => PROMISES[promiseOf(faultCase, observed)]),
  );
  return [...promises].join("; ");
}

function cell(cases: readonly Played[]): string {
  if (cases.length === 0) return "–";
  const broken = cases.filter(({ verdict }) => verdict.breaches.length > 0);
  const held = `${cases.length - broken.length} of ${cases.length}`;
  if (broken.length === 0) return held;
  const counts = new Map<Breach, number>();
  for (const { verdict } of broken) {
    for (const breach of verdict.breaches) counts.set(breach, (counts.get(breach) ?? 0) + 1);
  }
  const breaches = [...counts].map(([breach, count]) => `${count} ${breach}`);
  return `**${held}**: ${breaches.join(", ")}`;
}

function reruns(cases: readonly Played[]): string {
  return cases.length === 0
    ? "–"
    : String(cases.reduce((sum, { verdict }) => sum + verdict.reruns, 0));
}

function requestTable(played: readonly Played[]): string {
  const handlers = groupBy(played, ({ faultCase }) => faultCase.handler);
  return table(
    ["handler", ...RUNTIMES.flatMap((runtime) => [TITLES[runtime], "with faults, at most"])],
    [...handlers].map(([handler, cases]) => [
      handler,
      ...RUNTIMES.flatMap((runtime) => requestsOf(cases, runtime)),
    ]),
  );
}

/** Without faults, and the most that any case with faults took. */
function requestsOf(cases: readonly Played[], runtime: RuntimeName): readonly string[] {
  const own = cases.filter(({ faultCase }) => faultCase.runtime === runtime);
  const clean = own.find(({ faultCase }) => faultCase.row === "none");
  const most = Math.max(0, ...own.map(({ observed }) => observed.requests.length));
  return [String(clean?.observed.requests.length ?? "–"), String(most)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function groupBy<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
