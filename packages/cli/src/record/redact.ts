/** What stands in the place of what must not be kept. */
const REDACTED = "[redacted]";

/** A path into payloads: names, `*` for every name or index, `**` for any number of them. */
export type RedactPath = readonly string[];

/** `customer.email`, `items[*].card`, `**.token`; indexes in brackets or between dots. */
export function readRedactPath(text: string): RedactPath {
  return text
    .replace(/^\$\.?/, "")
    .replaceAll(/\[([^\]]*)\]/g, ".$1")
    .split(".")
    .filter((part) => part !== "");
}

/**
 * An event whose payloads have something else at those paths: inputs, results and the data of errors, where they are
 * JSON. JSON inside of a text inside of it is looked at, too.
 */
export function redactEvent(event: object, paths: readonly RedactPath[]): object {
  return mapPayloads(event, (text) => redactText(text, paths));
}

const PAYLOADS: ReadonlySet<string> = new Set(["Payload", "ErrorData"]);

function mapPayloads<Value>(value: Value, change: (text: string) => string): Value {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => mapPayloads(item, change)) as Value;
  const entries = Object.entries(value).map(([key, field]: [string, unknown]) => [
    key,
    PAYLOADS.has(key) && typeof field === "string" ? change(field) : mapPayloads(field, change),
  ]);
  return Object.fromEntries(entries) as Value;
}

function redactText(text: string, paths: readonly RedactPath[]): string {
  const value = parsed(text);
  // As it was written, where nothing is taken out of it.
  if (value === undefined) return text;
  const redacted = paths.reduce(redactAt, value);
  return redacted === value ? text : JSON.stringify(redacted);
}

/** Objects, lists and texts; nothing else has anything inside. */
function parsed(text: string): unknown {
  if (!/^\s*["[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The same value if there is nothing at the path. */
function redactAt(value: unknown, path: RedactPath): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return REDACTED;
  if (typeof value === "string") return redactText(value, [path]);
  if (typeof value !== "object" || value === null) return value;
  if (name !== "**") return redactBelow(value, name, rest);
  const here = rest.length === 0 ? REDACTED : redactAt(value, rest);
  return typeof here === "object" && here !== null ? redactBelow(here, "*", path) : here;
}

function redactBelow(value: object, name: string, path: RedactPath): object {
  const isWanted = (key: string): boolean => name === "*" || name === key;
  const entries = Object.entries(value) as readonly (readonly [string, unknown])[];
  const redacted = entries.map(
    ([key, field]) => [key, isWanted(key) ? redactAt(field, path) : field] as const,
  );
  if (redacted.every(([, field], index) => field === entries[index]?.[1])) return value;
  return Array.isArray(value) ? redacted.map(([, field]) => field) : Object.fromEntries(redacted);
}
