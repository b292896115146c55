import { isEnded } from "@durabletest/runtime/protocol";
import { type Operation, operationView } from "../operation.ts";
import { kindOf, operationNames } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import type { ExecutionState } from "../service/state.ts";

const SHOWN = 10;

/**
 * What an execution waits for, as a sentence for a message.
 *
 * @param callSites - where the handler called an operation, by id, as far as that is known.
 */
export function formatBlockers(
  state: Pick<ExecutionState, "operations">,
  callSites: ReadonlyMap<string, string> = new Map(),
): string {
  const operations = [...state.operations.values()].map((record) => operationView(record));
  const names = operationNames(operationTree(operations));
  const title = (operation: Operation): string => {
    const text = names.title(operation);
    return text === kindOf(operation) ? `${text} unnamed (${operation.id})` : text;
  };
  const called = ({ id }: Operation): string => {
    const site = callSites.get(id) ?? "";
    return site === "" ? "" : `, called ${site}`;
  };
  const open = operations.filter(({ status, type }) => !isEnded(status) && type !== "CONTEXT");
  if (open.length === 0) {
    // The last thing that the handler asked for is where to look.
    const last = operations.at(-1);
    const after =
      last === undefined
        ? ", and has called no operation yet"
        : `, after ${title(last)}${called(last)}`;
    return `No operation is pending: it waits for something outside steps${after}.`;
  }
  const shown = open
    .slice(0, SHOWN)
    .map((operation) => `${title(operation)}${progress(operation)}${called(operation)}`);
  const more = open.length > shown.length ? ` and ${open.length - shown.length} more` : "";
  return `Pending: ${shown.join("; ")}${more}.`;
}

/**
 * As {@link formatBlockers}, for all executions of a runner that go on.
 *
 * @param executions - the one under test first.
 */
export function formatAllBlockers(
  executions: Iterable<{
    readonly functionName: string;
    readonly ended: boolean;
    readonly state: Pick<ExecutionState, "operations">;
  }>,
): string {
  return [...executions]
    .flatMap(({ functionName, ended, state }, index) => {
      if (ended) return [];
      const blockers = formatBlockers(state);
      return [index === 0 ? blockers : `In "${functionName}": ${blockers}`];
    })
    .join(" ");
}

function progress(operation: Operation): string {
  switch (operation.type) {
    case "STEP":
      return operation.status === "STARTED"
        ? `, whose function has not settled (attempt ${operation.attempt})`
        : ", between two attempts";
    case "WAIT":
      return `, until ${operation.scheduledEndAt?.toISOString() ?? "an unknown time"}`;
    case "CALLBACK":
      return ", open";
    case "CHAINED_INVOKE":
      return ", running";
    case "CONTEXT":
      return "";
  }
}
