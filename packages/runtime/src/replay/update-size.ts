import type { ErrorObject } from "../protocol/error-object.ts";
import type { OperationUpdate } from "../protocol/update.ts";

/** The bytes that an update takes in the body of a request. */
export function jsonBytes(update: OperationUpdate): number {
  return Buffer.byteLength(JSON.stringify(update));
}

/** A character may become `\\u001f`. */
export const MOST_BYTES_A_CHARACTER = 6;

/** Names of fields, quotes, numbers and all that is no text of the user's. */
export const OTHER_BYTES = 600;

/** No less than that, without making the JSON. */
export function maxJsonBytes(update: OperationUpdate): number {
  const { Id, ParentId, Name, SubType, Payload, Error: error, ChainedInvokeOptions } = update;
  const { FunctionName, TenantId } = ChainedInvokeOptions ?? {};
  const texts = [Id, ParentId, Name, SubType, Payload, FunctionName, TenantId];
  let characters = error === undefined ? 0 : charactersOf(error);
  for (const text of texts) characters += text?.length ?? 0;
  return OTHER_BYTES + MOST_BYTES_A_CHARACTER * characters;
}

function charactersOf({
  ErrorMessage,
  ErrorType,
  ErrorData,
  StackTrace = [],
}: ErrorObject): number {
  let characters = 0;
  for (const text of [ErrorMessage, ErrorType, ErrorData]) characters += text?.length ?? 0;
  for (const line of StackTrace) characters += line.length + 1; // its quotes and comma
  return characters;
}
