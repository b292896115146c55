import { basename } from "node:path/posix";
import type { ErrorObject } from "@durabletest/runtime";
import { type Operation, parsePayload } from "../operation.ts";
import { kindOf } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import { withoutQuery } from "./place.ts";

/** Puts names where a result has ids, paths and stacks: what says nothing to a reader, or differs elsewhere. */
export interface Placeholders {
  /** A payload, with placeholders in it. */
  value(value: unknown): unknown;
  /** An error in one text, without its stack: `PaymentDeclined: no money`. */
  error(error: ErrorObject | undefined): string;
  /** What an error says besides; absent where that only repeats its message. */
  errorData(error: ErrorObject | undefined): unknown;
}

/** The runtime's own errors say in their message what their data says. */
const SELF_EXPLAINING: ReadonlySet<string> = new Set([
  "CallbackExternalError",
  "CallbackSubmitterError",
  "CallbackTimeoutError",
  "CallbackValidationError",
  "ChildContextError",
  "StepError",
  "UnknownCallbackError",
]);

const FRAME = /(?:^|\n)\s+at [^\n]*:\d+(?::\d+)?\)?/g;
const SOURCE_POSITION = /(?:file:\/\/)?(?:[A-Za-z]:)?[^\s():"'`<>]*[\\/][^\s():]*:\d+:\d+/g;
const EXECUTION_ARN = /arn:[\w-]+:lambda:[^\s"]*\/durable-execution\/[\w./-]+/g;

/** Shorter ids may be anybody's text. */
const SHORTEST_ID = 8;

export function placeholders(operations: readonly Operation[]): Placeholders {
  const { callbackIds, operationIds } = knownIds(operations);
  const inPayload = (text: string): string =>
    replaceAll(text, callbackIds).replace(EXECUTION_ARN, "<execution>").replace(FRAME, "");
  const inMessage = (text: string): string =>
    replaceAll(inPayload(text), operationIds).replace(SOURCE_POSITION, fileOf);

  const value = (part: unknown): unknown => {
    if (typeof part === "string") return inPayload(part);
    if (Array.isArray(part)) return part.map(value);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).flatMap(([key, inner]) =>
        key === "StackTrace" || key === "stackTrace" ? [] : [[inPayload(key), value(inner)]],
      ),
    );
  };
  return {
    value,
    error: ({ ErrorType, ErrorMessage } = {}) =>
      [ErrorType, ErrorMessage]
        .flatMap((part) => (part === undefined || part === "" ? [] : [inMessage(part)]))
        .join(": ") || "no reason given",
    errorData({ ErrorType = "", ErrorData } = {}) {
      if (ErrorData === undefined || SELF_EXPLAINING.has(ErrorType)) return undefined;
      const data = parsePayload(ErrorData);
      return isCodeAlone(data) ? undefined : value(data);
    },
  };
}

/** By its code the runtime knows an error of its own again; it says no more than the type. */
function isCodeAlone(data: unknown): boolean {
  if (typeof data !== "object" || data === null || Object.keys(data).join() !== "code")
    return false;
  const code: unknown = Reflect.get(data, "code");
  return typeof code === "string" && /^[A-Z_]+$/.test(code);
}

type Replacement = readonly [id: string, placeholder: string];

function knownIds(operations: readonly Operation[]): {
  readonly callbackIds: readonly Replacement[];
  readonly operationIds: readonly Replacement[];
} {
  const tree = operationTree(operations);
  const callbackIds: Replacement[] = [];
  const operationIds: Replacement[] = [];
  const counts = new Map<string, number>();
  for (const operation of operations) {
    const name = tree.nameOf(operation);
    const title = `${kindOf(operation)}${name === undefined ? "" : ` ${name}`}`;
    if (operation.id.length >= SHORTEST_ID) operationIds.push([operation.id, `<${title}>`]);
    if (operation.type !== "CALLBACK") continue;
    const count = (counts.get(title) ?? 0) + 1;
    counts.set(title, count);
    const placeholder = count === 1 ? `<${title}>` : `<${title} #${count}>`;
    const { callbackId } = operation;
    // As it is, and in a link that was mailed to somebody, say.
    for (const id of new Set([callbackId, encodeURIComponent(callbackId)])) {
      if (id.length >= SHORTEST_ID) callbackIds.push([id, placeholder]);
    }
  }
  return { callbackIds, operationIds };
}

function replaceAll(text: string, replacements: readonly Replacement[]): string {
  let replaced = text;
  for (const [id, placeholder] of replacements) {
    if (replaced.includes(id)) replaced = replaced.replaceAll(id, placeholder);
  }
  return replaced;
}

function fileOf(position: string): string {
  const file = position.replace(/:\d+:\d+$/, "").replaceAll("\\", "/");
  return basename(withoutQuery(file));
}
