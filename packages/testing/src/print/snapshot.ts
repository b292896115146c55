import { type HistoryEvent, isEnded } from "@durabletest/runtime/protocol";
import { type CallbackOperation, type Operation, parsePayload } from "../operation.ts";
import { isCrashMatrix } from "../crash-matrix.ts";
import type { DurableResult, WorldEvent } from "../result.ts";
import { batchSummary } from "./batch-summary.ts";
import { deadlinesOf } from "./deadlines.ts";
import { groupBy } from "../operations/group-by.ts";
import { groupHeartbeats } from "./heartbeats.ts";
import { formatLength, formatOffset, OFFSET_WIDTH } from "./offset.ts";
import { labelOf } from "../operations/names.ts";
import { type OperationTree, operationTree } from "../operations/tree.ts";
import { outcomeLine } from "./outcome.ts";
import { type Placeholders, placeholders } from "./placeholders.ts";
import { resultOf } from "./subject.ts";

/** What is used of the settings that pretty-format hands to its plugins. */
interface PrinterSettings {
  readonly min: boolean;
  readonly indent: string;
  readonly spacingInner: string;
  readonly spacingOuter: string;
}

type Printer<Settings> = (
  value: unknown,
  settings: Settings,
  indentation: string,
  depth: number,
  refs: unknown[],
) => string;

/** A plugin of pretty-format, as Vitest and Jest take it for snapshots. */
export interface SnapshotSerializer {
  test(value: unknown): boolean;
  serialize<Settings extends PrinterSettings>(
    value: unknown,
    settings: Settings,
    indentation: string,
    depth: number,
    refs: unknown[],
    printer: Printer<Settings>,
  ): string;
}

/**
 * Prints results, and runners, in snapshots as what happened: each operation with the virtual time of
 * its start, its outcome, attempts and payload, nested as the handler nested them, and what the outside
 * world did.
 *
 * The same on every run and every machine: ids stand there by name (`<callback approval>`), also within
 * payloads; there are no stacks and no paths.
 *
 * `@durabletest/vitest-plugin` registers it by itself.
 *
 * @example
 * ```ts
 * expect.addSnapshotSerializer(durableSnapshotSerializer);
 * expect(await runner.run({ orderId: "o-1" })).toMatchInlineSnapshot(`
 *   SUCCEEDED after 3h 00m 00s, 2 invocations
 *   input: {"orderId": "o-1"}
 *
 *               +0s  callback "approval" SUCCEEDED at +3h 00m 00s
 *                        timeout 2d 00h 00m 00s
 *                        +3h 00m 00s success from script
 *                        result: {"approved": true}
 *
 *   result: "shipped"
 * `);
 * ```
 */
export const durableSnapshotSerializer: SnapshotSerializer = {
  test: (value) => resultOf(value) !== undefined || isCrashMatrix(value),
  serialize(value, settings, indentation, depth, refs, printer) {
    if (isCrashMatrix(value)) return value.format().replaceAll("\n", `\n${indentation}`);
    const result = resultOf(value);
    if (result === undefined) return String(value);
    const oneLine = { ...settings, min: true, indent: "", spacingInner: " ", spacingOuter: "" };
    const print = (payload: unknown, margin: string): string => {
      const short = printer(payload, oneLine, "", depth, refs);
      return short.length <= LONGEST_LINE && !short.includes("\n")
        ? short
        : printer(payload, settings, margin, depth, refs);
    };
    return historyLines(result, print)
      .join("\n")
      .replaceAll(/\n(?!\n)/g, `\n${indentation}`);
  },
};

/** Longer payloads are printed over several lines. */
const LONGEST_LINE = 72;

type Print = (payload: unknown, margin: string) => string;

/** What stands before each line of a payload or a message but its first is its `margin`. */
function historyLines(result: DurableResult<unknown>, print: Print): readonly string[] {
  const known = placeholders(result.operations);
  const lines = [outcomeLine(result), ...inputLines(result, known, print)];
  const operations = operationLines(result, known, print);
  if (operations.length > 0) lines.push("", ...operations, "");
  switch (result.status) {
    case "SUCCEEDED":
      lines.push(`result: ${print(known.value(result.result), "")}`);
      break;
    case "FAILED":
    case "TIMED_OUT":
    case "STOPPED": {
      lines.push(`error: ${indented(known.error(result.error), "")}`);
      const data = known.errorData(result.error);
      if (data !== undefined) lines.push(`error data: ${print(data, "")}`);
      break;
    }
    case "PENDING":
  }
  if (result.unusedScripts.length > 0) {
    const names = result.unusedScripts.map((name) => JSON.stringify(name));
    lines.push(`unused scripts: ${names.join(", ")}`);
  }
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function inputLines(
  { history }: DurableResult<unknown>,
  known: Placeholders,
  print: Print,
): readonly string[] {
  const started = history.find((event) => event.EventType === "ExecutionStarted");
  const payload = started?.ExecutionStartedDetails.Input.Payload;
  return payload === undefined ? [] : [`input: ${print(known.value(parsePayload(payload)), "")}`];
}

function operationLines(
  result: DurableResult<unknown>,
  known: Placeholders,
  print: Print,
): readonly string[] {
  const tree = operationTree(result.operations);
  const offset = (at: Date): string => formatOffset(at, result.startedAt);
  const events = groupBy(result.history, ({ Id }) => Id);
  const details = detailsOf({ offset, known, print, tree, world: result.world });

  const linesOf = (operation: Operation, nesting: string): readonly string[] => {
    const margin = `${" ".repeat(OFFSET_WIDTH + 4)}${nesting}  `;
    const head = `${offset(operation.startedAt).padStart(OFFSET_WIDTH)}  ${nesting}${headOf(operation, offset)}`;
    const own = details(operation, events.get(operation.id) ?? [], margin);
    return [
      head,
      ...own.map((line) => `${margin}${line}`),
      ...tree.childrenOf(operation).flatMap((child) => linesOf(child, `${nesting}  `)),
    ];
  };
  return tree.roots.flatMap((operation) => linesOf(operation, ""));
}

function headOf(operation: Operation, offset: (at: Date) => string): string {
  const { status, startedAt, endedAt } = operation;
  const label =
    operation.type === "WAIT"
      ? `${labelOf(operation)} ${formatLength(operation.seconds * 1000)}`
      : labelOf(operation);
  const took = endedAt !== undefined && endedAt.getTime() > startedAt.getTime();
  const when = took ? ` at ${offset(endedAt)}` : deadlinesOf(operation, offset);
  const tries =
    operation.type === "STEP" && operation.attempt > 1 ? `, attempt ${operation.attempt}` : "";
  return `${label} ${status}${when}${tries}`;
}

/** What there is to say of an operation below its head. */
function detailsOf(surroundings: {
  readonly offset: (at: Date) => string;
  readonly known: Placeholders;
  readonly print: Print;
  readonly tree: OperationTree;
  readonly world: readonly WorldEvent[];
}): (operation: Operation, events: readonly HistoryEvent[], margin: string) => readonly string[] {
  const { offset, known, print, tree, world } = surroundings;
  const worldOf = groupBy(world, ({ callbackId }) => callbackId);
  return (operation, events, margin) => {
    const lines: string[] = [];
    if (operation.type === "CALLBACK") {
      lines.push(...deadlineLines(events), ...worldLines(operation, worldOf, offset));
    }
    lines.push(...eventLines(events, { offset, known, print, margin }));
    if (operation.type === "WAIT") return lines;
    const { error, status } = operation;
    const value = operation.result;
    // A step between two attempts, or polling, has said it above.
    if (value !== undefined && (status === "SUCCEEDED" || status === "STARTED")) {
      const batch = batchSummary(operation, value, tree.childrenOf(operation));
      lines.push(`result: ${batch ?? print(known.value(value), margin)}`);
    }
    if (error !== undefined && status !== "SUCCEEDED" && isEnded(status)) {
      lines.push(`error: ${indented(known.error(error), margin)}`);
      const data = known.errorData(error);
      if (data !== undefined) lines.push(`error data: ${print(data, margin)}`);
    }
    return lines;
  };
}

/** What was configured, and each attempt that was followed by another. */
function eventLines(
  events: readonly HistoryEvent[],
  context: {
    readonly offset: (at: Date) => string;
    readonly known: Placeholders;
    readonly print: Print;
    readonly margin: string;
  },
): readonly string[] {
  const { offset, known, print, margin } = context;
  const attempt = (event: HistoryEvent, number: number, seconds: number, what: string): string =>
    `attempt ${number} at ${offset(event.EventTimestamp)}, next after ${formatLength(seconds * 1000)}: ${what}`;
  return events.flatMap((event) => {
    if (event.EventType === "StepFailed") {
      const { RetryDetails, Error: error } = event.StepFailedDetails;
      const { CurrentAttempt, NextAttemptDelaySeconds: seconds } = RetryDetails;
      if (seconds === undefined) return [];
      const what = indented(known.error(error.Payload), margin);
      return [attempt(event, CurrentAttempt, seconds, what)];
    }
    if (event.EventType === "StepSucceeded") {
      const { RetryDetails, Result } = event.StepSucceededDetails;
      const { CurrentAttempt, NextAttemptDelaySeconds: seconds } = RetryDetails;
      if (seconds === undefined) return [];
      const what = print(known.value(parsePayload(Result.Payload)), margin);
      return [attempt(event, CurrentAttempt, seconds, what)];
    }
    if (event.EventType === "ChainedInvokeStarted") {
      const { FunctionName, Input } = event.ChainedInvokeStartedDetails;
      const input = known.value(parsePayload(Input.Payload));
      return [
        `function: ${FunctionName}`,
        ...(input === undefined ? [] : [`input: ${print(input, margin)}`]),
      ];
    }
    return [];
  });
}

function deadlineLines(events: readonly HistoryEvent[]): readonly string[] {
  const started = events.find((event) => event.EventType === "CallbackStarted");
  const { Timeout, HeartbeatTimeout } = started?.CallbackStartedDetails ?? {};
  const deadlines = [
    ...(Timeout === undefined ? [] : [`timeout ${formatLength(Timeout * 1000)}`]),
    ...(HeartbeatTimeout === undefined
      ? []
      : [`heartbeat timeout ${formatLength(HeartbeatTimeout * 1000)}`]),
  ];
  return deadlines.length === 0 ? [] : [deadlines.join(", ")];
}

function worldLines(
  { callbackId }: CallbackOperation,
  worldOf: ReadonlyMap<string, readonly WorldEvent[]>,
  offset: (at: Date) => string,
): readonly string[] {
  return groupHeartbeats(worldOf.get(callbackId) ?? []).map(({ first, last, count }) => {
    const what = count === 1 ? first.kind : `${count} heartbeats until ${offset(last.at)}`;
    const late = first.ignored ? ", too late: ignored" : "";
    return `${offset(first.at)} ${what} from ${first.by}${late}`;
  });
}

function indented(text: string, margin: string): string {
  return text.replaceAll("\n", `\n${margin}`);
}
