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

// Texts may be long, and anything: patterns that look for their end from every character take minutes for a word of
// a megabyte, so each of these begins only where it may, and goes on for as long as it must.
const FRAME = /(?:^|\n)[^\S\n]+at [^\n]*:\d+(?::\d+)?\)?/g;
const EXECUTION_ARN = /arn:[\w-]{1,40}:lambda:[^\s"/]{1,400}\/durable-execution\/[\w./-]+/g;
const LINE_AND_COLUMN = /:\d+:\d+/g;
const BEFORE_PATHS = /[\s():]/;
const BEFORE_FOLDERS = /["'`<>]/;
const ROOT = /(?:file:\/\/)?\b[A-Za-z]:$|file:$/;

/** Shorter ids may be anybody's text. */
const SHORTEST_ID = 8;

export function placeholders(operations: readonly Operation[]): Placeholders {
  const { callbackIds, operationIds } = knownIds(operations);
  const inPayload = (text: string): string =>
    replaceAll(text, callbackIds).replace(EXECUTION_ARN, "<execution>").replace(FRAME, "");
  const inMessage = (text: string): string =>
    withoutFolders(replaceAll(inPayload(text), operationIds));

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

/** Names the files alone of the positions in a text: `order.ts` for `/home/me/order.ts:12:7`. */
function withoutFolders(text: string): string {
  let shown = "";
  let from = 0;
  for (const { index, 0: numbers } of text.matchAll(LINE_AND_COLUMN)) {
    const before = text.slice(from, index);
    const start = startOfPath(before);
    if (start === undefined) continue;
    shown += before.slice(0, start) + fileOf(before.slice(start));
    from = index + numbers.length;
  }
  return shown + text.slice(from);
}

/** Where the path begins that a text ends with, if it does. */
function startOfPath(text: string): number | undefined {
  const path = lastPart(text, BEFORE_PATHS);
  const firstFolder = path.search(/[\\/]/);
  if (firstFolder === -1) return undefined;
  const before = firstFolder - lastPart(path.slice(0, firstFolder), BEFORE_FOLDERS).length;
  const start = text.length - path.length + before;
  const root = before === 0 ? ROOT.exec(text.slice(Math.max(0, start - 9), start)) : null;
  return start - (root?.[0].length ?? 0);
}

/** What comes behind the last of some characters. */
function lastPart(text: string, characters: RegExp): string {
  let start = text.length;
  while (start > 0 && !characters.test(text.charAt(start - 1))) start -= 1;
  return text.slice(start);
}

function fileOf(path: string): string {
  return basename(withoutQuery(path.replaceAll("\\", "/")));
}
