import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import * as z from "zod/mini";
import { nearMisses } from "../input/near-misses.ts";

/**
 * What schemas of this package have in common: each says what it wants as the end of the sentence
 * "seed: 1.5 is not …", and refuses keys that it does not know.
 */

/** A schema that is made when somebody reads by it: to make one takes longer than to read, and few files need all. */
export function lazily<Schema>(make: () => Schema): () => Schema {
  let made: Schema | undefined;
  return () => (made ??= make());
}

/**
 * Reads a value by its schema.
 *
 * @param what - what the value as a whole is called, in the plural: "options".
 * @throws InvalidArgumentError, or what a {@link reader} throws.
 */
export function read<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const parsed = parse(schema, value);
  if ("data" in parsed) return parsed.data;
  const { path, input, message, kind } = parsed.problem;
  if (kind === "type" && path === "") {
    throw new InvalidArgumentError(`The ${what} ${describeValue(value)} are no object.`);
  }
  if (kind === "unreadable") {
    throw new InvalidArgumentError(`The ${what} cannot be read: ${message}.`);
  }
  const at = path === "" ? "" : `${path}: `;
  const text = kind === "unknown key" ? message : `${describeValue(input)} is not ${message}.`;
  throw new InvalidArgumentError(`${at}${text}`);
}

/** What is wrong with a value. */
export interface Problem {
  readonly kind: "unknown key" | "type" | "value" | "unreadable";
  /** Where: {@link pathText}. */
  readonly path: string;
  readonly input: unknown;
  /** What the schema has to say: what is wanted, or the whole sentence about an unknown key. */
  readonly message: string;
}

/** Reads a value by its schema, or says what is wrong first of all. */
export function parse<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
): { readonly data: z.output<Schema> } | { readonly problem: Problem } {
  let parsed: z.core.util.SafeParseResult<z.output<Schema>>;
  try {
    // Compiling a schema takes longer than reading all the values that a test file has for it.
    parsed = z.safeParse(schema, value, { reportInput: true, jitless: true });
  } catch (error) {
    // A getter or a proxy of the value's own threw.
    return { problem: { kind: "unreadable", path: "", input: value, message: String(error) } };
  }
  if (parsed.success) return { data: parsed.data };
  const { issues } = parsed.error;
  // A misspelt key is why something else is missing.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  const path = pathText(issue?.path ?? []);
  if (issue?.code === "custom" && isReader(issue.params?.[READ])) {
    issue.params[READ](issue.input, path);
  }
  const { code, input, message = "valid" } = issue ?? {};
  const kind =
    code === "unrecognized_keys" ? "unknown key" : code === "invalid_type" ? "type" : "value";
  return { problem: { kind, path, input, message } };
}

/**
 * An object with these properties and no others.
 *
 * @param unknown - how a message about a key that it does not have begins: "There is no option".
 */
export function exactly<const Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  { unknown, wanted }: { readonly unknown: string; readonly wanted: string },
): z.ZodMiniObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return wanted;
      const [key = ""] = issue.keys;
      return `${unknown} ${JSON.stringify(key)}.${nearMisses(key, Object.keys(shape))}`;
    },
  });
}

/** Values by any name. */
export function named<Value extends z.core.SomeType>(
  value: Value,
  wanted: string,
): z.ZodMiniRecord<z.ZodMiniString, Value> {
  return z.record(z.string(), value, `an object of ${wanted}`);
}

/** One of a few texts. */
export function oneOf<const Text extends string>(
  ...texts: readonly Text[]
): z.ZodMiniEnum<z.core.util.ToEnum<Text>> {
  return z.enum(texts, texts.map((text) => JSON.stringify(text)).join(" or "));
}

/** A whole number within limits. */
export function whole(
  wanted: string,
  { least, most }: { readonly least?: number; readonly most?: number } = {},
): z.ZodMiniNumberFormat {
  const error = { error: wanted };
  const integer = z.int(error);
  if (least === undefined) return integer;
  const atLeast = integer.check(z.gte(least, error));
  return most === undefined ? atLeast : atLeast.check(z.lte(most, error));
}

/** What a function reads that throws errors of its own; it is told where the value stands. */
export function reader<Output>(
  readValue: (value: unknown, where: string) => Output,
): z.ZodMiniType<Output> {
  return z.pipe(
    z.unknown(),
    z.transform((value, context): Output => {
      try {
        return readValue(value, "");
      } catch {
        // Where the value stands is known once all of it has been read; then it is read again.
        context.issues.push({ code: "custom", input: value, params: { [READ]: readValue } });
        return z.NEVER;
      }
    }),
  );
}

const READ = "read";

function isReader(value: unknown): value is (value: unknown, where: string) => unknown {
  return typeof value === "function";
}

/** `durableFunctions.payments.timeout`, `Updates[0].Id`; what is no word stands in brackets, too. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const word = String(key);
    if (!/^[\w$-]+$/.test(word)) return `${text}[${JSON.stringify(word)}]`;
    return text === "" ? word : `${text}.${word}`;
  }, "");
}
