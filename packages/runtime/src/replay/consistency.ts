import { NonDeterministicExecutionError } from "../errors.ts";
import type { Operation, OperationType } from "../protocol/operation.ts";

/** What handler code asked for, as far as a replay must find it again. */
export interface OperationRequest {
  readonly Id: string;
  readonly ParentId: string | undefined;
  readonly Name: string | undefined;
  readonly Type: OperationType;
  readonly SubType: string;
}

/** The error to fail with when a replay asks for something else than what was recorded. */
export function inconsistency(
  recorded: Operation,
  asked: OperationRequest,
): NonDeterministicExecutionError | undefined {
  const same =
    recorded.Type === asked.Type &&
    (recorded.SubType ?? asked.SubType) === asked.SubType &&
    (recorded.Name ?? undefined) === asked.Name;
  if (same) return undefined;
  const site = callSite();
  return new NonDeterministicExecutionError(
    `The replay took another way. Operation ${asked.Id} was recorded as ${describe(recorded)}; the handler now asks for ${describe(asked)}${site === "" ? "" : `, ${site}`}. ` +
      "Code outside steps must do the same on every invocation: move what depends on time, chance, module state or the outside world into a step.",
  );
}

function describe(operation: Pick<Operation, "Type" | "SubType" | "Name">): string {
  const { Type, SubType, Name } = operation;
  const kind =
    SubType === undefined || SubType.toUpperCase() === Type ? Type : `${Type} (${SubType})`;
  return Name === undefined ? `an unnamed ${kind}` : `${kind} "${Name}"`;
}

/** Behind the name of a file, where a loader tells it from what it was before: it differs from run to run. */
const QUERY = /\?[^\s():]*(?=:\d+:\d+\)?$)/;

/**
 * Where the handler called the operation: the first frame outside this package, relative to the working
 * directory, so that it is the same on every machine. Empty when there is none.
 */
export function callSite(): string {
  const frames = deepStack().split("\n").slice(1);
  const fileOf = (frame: string): string | undefined =>
    /\(?((?:file:\/\/)?[^\s()]+):\d+:\d+\)?$/.exec(frame)?.[1];
  const ownFile = frames[0] === undefined ? undefined : fileOf(frames[0]);
  if (ownFile === undefined) return "";
  const ownFolder = ownFile.replace(/(?:replay[/\\])?[^/\\]*$/, "");
  const site = frames.find((frame) => fileOf(frame)?.startsWith(ownFolder) === false) ?? "";
  return site.trim().replace("file://", "").replace(`${process.cwd()}/`, "").replace(QUERY, "");
}

/** Deeper than usual: so much of this package is above the handler's frame that it might not be in it. */
function deepStack(): string {
  const { stackTraceLimit } = Error;
  if (stackTraceLimit > 0) Reflect.set(Error, "stackTraceLimit", 50); // unless somebody has frozen it
  const { stack = "" } = new Error("call site");
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  return stack;
}
