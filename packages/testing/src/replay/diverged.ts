import { type EventRange, ReplayDivergedError, type RequestedOperation } from "../errors.ts";
import { suggestion } from "../input/near-misses.ts";
import { labelOf } from "../operations/names.ts";
import type { DryRun } from "./dry-run.ts";
import { type Divergence, isSame, startedOperation } from "./judge.ts";
import { rangesText } from "./ranges.ts";
import { eventTitle, isStart, type RecordedEvent } from "./recorded-event.ts";

/** What there is to say of a divergence. */
export interface Findings {
  readonly divergence: Divergence;
  readonly events: readonly RecordedEvent[];
  /** There is no input, result or error in any of them. */
  readonly isBare: boolean;
  /** What the handler did at that point. */
  readonly run: Pick<DryRun, "requested" | "tellsAll" | "output">;
  readonly callSite: string | undefined;
  readonly breaks: readonly EventRange[];
}

/** The error that a replay rejects with. */
export function divergedError(findings: Findings): ReplayDivergedError {
  const { divergence, events, isBare, callSite, breaks } = findings;
  const { eventId, recorded, requested } = divergence;
  const event = events[eventId - 1];
  const site = callSite === undefined || callSite === "" ? undefined : callSite;
  const message = [
    "Today's handler does not do what this execution has recorded.",
    ...(event === undefined ? [] : [`  At:        ${eventTitle(event)}`]),
    ...operationLines(findings, site),
    ...hint(findings),
    ...(isBare
      ? [
          "The history has no input, result or error of any event. If there were some, it was asked for without IncludeExecutionData: a handler that is not given what was recorded may well go another way.",
        ]
      : []),
    whoBreaks(breaks),
    "Either keep what executions in flight have begun, and put the change behind a version that the input carries (`input.version >= 2 ? … : …`); or deploy it beside the old version, and let the executions in flight drain there.",
  ].join("\n");
  return new ReplayDivergedError(message, {
    eventId,
    eventType: event?.type ?? "",
    recorded,
    requested,
    callSite: site,
    breaks,
  });
}

function operationLines(
  { divergence, events }: Findings,
  site: string | undefined,
): readonly string[] {
  const { recorded, requested, message } = divergence;
  if (recorded === undefined) return [`  SDK says:  ${message ?? ""}`];
  const asks = requested === undefined ? "nothing there" : titleIn(requested, events);
  return [
    `  Recorded:  ${titleIn(recorded, events)}`,
    `  Asked for: ${asks}${site === undefined ? "" : `, ${site}`}`,
  ];
}

/** An operation with what it is inside of: `step "charge" (STEP, Step) in map "orders"`. */
function titleIn(operation: RequestedOperation, events: readonly RecordedEvent[]): string {
  const { type, subType, parentId } = operation;
  const kind = subType === undefined ? type : `${type}, ${subType}`;
  const parent = events.find((event) => isStart(event) && event.operationId === parentId);
  const around = parent === undefined ? "" : ` in ${labelOf(startedOperation(parent))}`;
  return `${labelOf(operation)} (${kind})${around}`;
}

/** What may have been changed, where that can be guessed. */
function hint(findings: Findings): readonly string[] {
  const { divergence, events, run } = findings;
  const all = run.requested;
  const { recorded, requested } = divergence;
  if (recorded === undefined) return [];
  const starts = events.filter(isStart).map(startedOperation);
  const [first] = starts;
  // Of a handler that does not tell all, what it has asked for before is not among that.
  const isKnown = run.tellsAll || recorded.id === first?.id;
  if (isKnown && isForeign(starts, all)) {
    return [
      `Nothing that the handler asks for has been recorded: is this the history of another function? It begins with ${first === undefined ? "nothing" : labelOf(first)}.`,
    ];
  }
  if (requested === undefined) {
    return [`${endText(run)} Has it been removed, or put under a condition?`];
  }
  const { name, type, subType } = requested;
  if (name === recorded.name && (type !== recorded.type || subType !== recorded.subType)) {
    return [
      "It has become another kind of operation: what was recorded as the one cannot be replayed as the other.",
    ];
  }
  if (isSame({ ...recorded, parentId: requested.parentId }, requested)) {
    return ["It has come to be inside of something else."];
  }
  const isElsewhere = [...all.values()].some((one) => isAlike(one, recorded));
  const wasElsewhere = starts.some((one) => isAlike(one, requested));
  if (isElsewhere && wasElsewhere) return ["The order has changed."];
  if (isElsewhere) {
    return ["What was recorded there is asked for elsewhere: something new comes before it."];
  }
  if (wasElsewhere) {
    return [
      "What it asks for there was recorded elsewhere: something before it has been removed, or the order has changed.",
    ];
  }
  const isRenamed = suggestion(name ?? "", [recorded.name ?? ""]) !== "";
  return [
    isRenamed
      ? "Has it been renamed? A replay knows an operation by its place and its name."
      : "Has it been renamed, or does something new come before it? A replay knows an operation by its place and its name.",
  ];
}

/** What became of a handler that does not ask for something. */
function endText({ output }: Pick<DryRun, "output">): string {
  if (output?.Status === "FAILED") {
    const { ErrorType = "Error", ErrorMessage = "" } = output.Error;
    return `The handler fails before it asks for it, with ${ErrorType}: ${ErrorMessage}`;
  }
  return output?.Status === "SUCCEEDED"
    ? "The handler returns without having asked for it."
    : "The handler asks for it no more.";
}

/** Whether nothing at all fits. */
function isForeign(
  starts: readonly RequestedOperation[],
  requested: ReadonlyMap<string, RequestedOperation>,
): boolean {
  const asked = [...requested.values()];
  return asked.length > 0 && !asked.some((one) => starts.some((start) => hasSameName(start, one)));
}

function hasSameName(a: RequestedOperation, b: RequestedOperation): boolean {
  return a.name === b.name && (a.name !== undefined || a.type === b.type);
}

function isAlike(a: RequestedOperation, b: RequestedOperation): boolean {
  return a.id !== b.id && a.type === b.type && a.subType === b.subType && a.name === b.name;
}

function whoBreaks(breaks: readonly EventRange[]): string {
  const [first] = breaks;
  const isEveryone = breaks.length === 1 && first !== undefined && first.to === undefined;
  return isEveryone
    ? `Executions that have come to event ${first.from} break, however far beyond it they are; those that stand before it do not.`
    : `Executions break that stand ${rangesText(breaks)}; those that stand before, or have come out of it, do not.`;
}
