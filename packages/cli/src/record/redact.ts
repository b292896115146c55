import { InvalidArgumentError } from "commander";

/** What stands in the place of what must not be kept. */
const REDACTED = "[redacted]";

/** One level of a path: a name, or an index as one; `*` for every one of them; `**` for any number of levels. */
type PathPart = "*" | "**" | { readonly name: string };

/** A path into payloads. */
export interface RedactPath {
  /** As it was given. */
  readonly text: string;
  readonly parts: readonly PathPart[];
}

/**
 * One level: behind a dot, or at the beginning, a name; or anything in brackets. JSONPath's `..` is any number of
 * levels before it. Neither is there room for what other path languages have besides: a path that is read as
 * something else than was meant takes out nothing, and nobody sees it.
 */
const LEVEL =
  /(?:(?<dots>^\.?|\.{1,2})(?<plain>\*{1,2}|[^\s.*"'[\]](?:[^.*"'[\]]*[^\s.*"'[\]])?)|(?<deep>\.\.)?\[(?:(?<inside>\*|\d+)|"(?<double>[^"\\]+)"|'(?<single>[^'\\]+)')\])(?=[.[]|$)/y;

/**
 * Reads `customer.email`, `items[*].card`, `items[0]`, `**.token`, `customer["e-mail"]`; and of JSONPath, `$.` at the
 * beginning, and `..` for `.**.`.
 *
 * @throws InvalidArgumentError, which the parser tells with the option's name.
 */
export function readRedactPath(text: string): RedactPath {
  const path = text.replace(/^\$(?=[.[]|$)/, "");
  const parts: PathPart[] = [];
  for (let at = 0; at < path.length; at = LEVEL.lastIndex) {
    LEVEL.lastIndex = at;
    const level = LEVEL.exec(path)?.groups;
    if (level === undefined)
      throw noPath(`What begins at ${JSON.stringify(path.slice(at))} is no part of a path.`);
    const { dots, plain, deep, inside, double, single } = level;
    if (dots === ".." || deep !== undefined) parts.push("**");
    const name = plain ?? inside ?? double ?? single ?? "";
    const isQuoted = (double ?? single) !== undefined;
    parts.push(!isQuoted && (name === "*" || name === "**") ? name : { name });
  }
  if (parts.length > 0) return { text, parts };
  throw noPath("It names nothing. All of every payload is taken out with **.");
}

function noPath(why: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${why} A path has names with dots between them, as customer.email; [0] or [*] for one or every item of a list, as items[*].card; ** for any depth, as **.token; and ["e-mail"] for a name with signs in it.`,
  );
}

/** That all of some payload has been taken out, since nobody could look into it. */
export const WHOLLY = "wholly";

/** What there was to take out: the paths at which there was something. */
export type Found = Set<RedactPath | typeof WHOLLY>;

/**
 * An event whose payloads have something else at those paths: inputs, results and the data of errors, where they are
 * JSON. JSON inside of a text inside of it is looked at, too. Of what was cut off, or begins as JSON and is none, all
 * is taken out: what must not be kept may be anywhere in it.
 *
 * @param found - is given what there was.
 */
export function redactEvent(
  event: object,
  paths: readonly RedactPath[],
  found: Found = new Set(),
): object {
  return mapPayloads(event, (text, isCut) => {
    if (text !== "" && (isCut || isUnreadable(text))) {
      found.add(WHOLLY);
      return JSON.stringify(REDACTED);
    }
    for (const path of paths) {
      // Of the payload as it was: what one path takes out, another may lead into.
      if (!found.has(path) && redactText(text, [path.parts]) !== text) found.add(path);
    }
    return redactText(
      text,
      paths.map(({ parts }) => parts),
    );
  });
}

type Parts = RedactPath["parts"];

const PAYLOADS: ReadonlySet<string> = new Set(["Payload", "ErrorData"]);

type Change = (text: string, isCut: boolean) => string;

function mapPayloads<Value>(value: Value, change: Change, isCut = false): Value {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    return value.map((item: unknown) => mapPayloads(item, change, isCut)) as Value;
  }
  const isCutHere = isCut || ("Truncated" in value && value.Truncated === true);
  const entries = Object.entries(value).map(([key, field]: [string, unknown]) => [
    key,
    PAYLOADS.has(key) && typeof field === "string"
      ? change(field, isCutHere)
      : mapPayloads(field, change, isCutHere),
  ]);
  return Object.fromEntries(entries) as Value;
}

function redactText(text: string, paths: readonly Parts[]): string {
  const value = parsed(text);
  // As it was written, where nothing is taken out of it.
  if (value === undefined) return text;
  const redacted = paths.reduce(redactAt, value);
  return redacted === value ? text : JSON.stringify(redacted);
}

/** It begins as JSON and is none: cut off, or several texts in a row. */
function isUnreadable(text: string): boolean {
  return BEGIN.test(text) && parsed(text) === undefined;
}

const BEGIN = /^\s*["[{]/;

/** How no text begins that is not meant to be JSON: inside of a payload there are texts for people, too. */
const SURE_BEGIN = /^\s*(?:\{\s*"|\[\s*["[{])/;

/** Objects, lists and texts; nothing else has anything inside. */
function parsed(text: string): unknown {
  if (!BEGIN.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The same value if there is nothing at the path. */
function redactAt(value: unknown, path: Parts): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return REDACTED;
  if (typeof value === "string") {
    return SURE_BEGIN.test(value) && isUnreadable(value) ? REDACTED : redactText(value, [path]);
  }
  if (typeof value !== "object" || value === null) return value;
  if (part !== "**") return redactBelow(value, part, rest);
  const here = rest.length === 0 ? REDACTED : redactAt(value, rest);
  return typeof here === "object" && here !== null ? redactBelow(here, "*", path) : here;
}

function redactBelow(value: object, part: Exclude<PathPart, "**">, path: Parts): object {
  const isWanted = (key: string): boolean => part === "*" || part.name === key;
  const entries = Object.entries(value) as readonly (readonly [string, unknown])[];
  const redacted = entries.map(
    ([key, field]) => [key, isWanted(key) ? redactAt(field, path) : field] as const,
  );
  if (redacted.every(([, field], index) => field === entries[index]?.[1])) return value;
  return Array.isArray(value) ? redacted.map(([, field]) => field) : Object.fromEntries(redacted);
}
