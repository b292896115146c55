import { isEnded, type Operation, type Timestamp } from "@durabletest/runtime/protocol";
import type { ExecutionState } from "../service/state.ts";

/**
 * What an execution waits for, as a sentence for a message.
 *
 * @param callSites - where the handler called an operation, by id, as far as that is known.
 */
export function formatBlockers(
  state: ExecutionState,
  callSites: ReadonlyMap<string, string> = new Map(),
): string {
  const open = [...state.operations.values()]
    .map(({ operation }) => operation)
    .filter(({ Status, Type }) => !isEnded(Status) && Type !== "CONTEXT");
  if (open.length === 0)
    return `No operation is pending: it waits for something outside steps${afterLast(state, callSites)}.`;
  const shown = open.slice(0, 10).map((operation) => {
    const site = callSites.get(operation.Id) ?? "";
    return `${describeOpen(operation)}${site === "" ? "" : `, called ${site}`}`;
  });
  const more = open.length > shown.length ? ` and ${open.length - shown.length} more` : "";
  return `Pending: ${shown.join("; ")}${more}.`;
}

/** The last thing that the handler asked for, which is where to look. */
function afterLast(state: ExecutionState, callSites: ReadonlyMap<string, string>): string {
  const last = [...state.operations.values()].at(-1)?.operation;
  if (last === undefined) return ", and has called no operation yet";
  const kind = last.Type === "CHAINED_INVOKE" ? "invoke" : last.Type.toLowerCase();
  const name = last.Name === undefined ? `an unnamed ${kind}` : `${kind} "${last.Name}"`;
  const site = callSites.get(last.Id) ?? "";
  return `, after ${name}${site === "" ? "" : `, called ${site}`}`;
}

function describeOpen(operation: Operation): string {
  const { Type, Status, WaitDetails, StepDetails, Id } = operation;
  const name = operation.Name === undefined ? `unnamed (${Id})` : `"${operation.Name}"`;
  switch (Type) {
    case "STEP":
      return Status === "STARTED"
        ? `step ${name}, whose function has not settled (attempt ${(StepDetails?.Attempt ?? 0) + 1})`
        : `step ${name}, between two attempts`;
    case "WAIT":
      return `wait ${name}, until ${timeText(WaitDetails?.ScheduledEndTimestamp)}`;
    case "CALLBACK":
      return `callback ${name}, open`;
    case "CHAINED_INVOKE":
      return `invoke ${name}, running`;
    case "CONTEXT":
    case "EXECUTION":
      return `${Type} ${name}`;
  }
}

/** What an execution that does not end keeps doing, as a sentence for a message. */
export function formatRepetition(state: ExecutionState): string {
  const last = state.history.slice(-8).map((event) => {
    const name = event.Name === undefined ? "" : ` "${event.Name}"`;
    return `${event.EventType}${name}`;
  });
  return `It went on like this: ${last.join(" → ")}.`;
}

function timeText(time: Timestamp | undefined): string {
  return time === undefined ? "an unknown time" : new Date(time).toISOString();
}
