import { isDurableHandler } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import * as z from "zod/mini";
import { FunctionNotRegisteredError, InvalidHandlerError } from "../errors.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { nearMisses } from "../input/near-misses.ts";
import { exactly, lazily, oneOf, read } from "../input/schema.ts";
import { findFunction } from "../service/function-name.ts";

/** Settings of a replay. */
export interface ReplayOptions {
  /**
   * The functions that the handler may invoke, by name or ARN; nothing of them is called. If given, a handler
   * that asks next for a function that is not among them is an error.
   */
  readonly functions?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What becomes of a history in which the service has cut off payloads: an error (the default), or a report
   * that says which prefixes could not be tried.
   */
  readonly truncated?: "error" | "report" | undefined;
  /** What the handler sees as the ARN of the execution; a history does not tell. Only for handlers that look at it. */
  readonly executionArn?: string | undefined;
}

const schema = lazily(() =>
  exactly(
    {
      functions: z.optional(z.record(z.string(), z.unknown(), "an object of functions")),
      truncated: z.optional(oneOf("error", "report")),
      executionArn: z.optional(z.string("a text")),
    },
    { unknown: "There is no option", wanted: "an object" },
  ),
);

/** @throws InvalidArgumentError */
export function readOptions(options: unknown): ReplayOptions {
  return read(schema(), options, "options");
}

/**
 * The handler itself, which may still be loading.
 *
 * @throws InvalidHandlerError
 */
export async function readHandler(given: unknown): Promise<AnyDurableLambdaHandler> {
  let handler: unknown;
  try {
    handler = await given;
  } catch (cause) {
    throw new InvalidHandlerError(
      `The handler could not be loaded: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
      { cause },
    );
  }
  if (isHandler(handler)) return handler;
  throw new InvalidHandlerError(
    `${describeValue(handler)} is no handler. Give what the function deploys: withDurableExecution(…), or the same of AWS's SDK.${exported(handler)}`,
  );
}

function isHandler(value: unknown): value is AnyDurableLambdaHandler {
  return typeof value === "function";
}

/** A module was given in place of what it exports. */
function exported(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const names = Object.entries(value).flatMap(([name, one]) =>
    isDurableHandler(one) || (typeof one === "function" && name === "handler") ? [name] : [],
  );
  return names.length === 0 ? "" : ` It has one: give .${names.join(" or .")}.`;
}

/**
 * Whether the functions that the handler wants to invoke next are there.
 *
 * @throws FunctionNotRegisteredError
 */
export function checkFunctions(
  wanted: Iterable<string>,
  functions: Readonly<Record<string, unknown>> | undefined,
): void {
  if (functions === undefined) return;
  const known = Object.keys(functions);
  for (const name of wanted) {
    if (findFunction(name, known) !== undefined) continue;
    throw new FunctionNotRegisteredError(
      name,
      `After the recorded end the handler invokes the function ${JSON.stringify(name)}, which is not among the functions given.${nearMisses(name, known)}`,
    );
  }
}
