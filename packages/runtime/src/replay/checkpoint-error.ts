import { errorToObject } from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { ServiceLimits } from "../protocol/limits.ts";

/**
 * An error as it is checkpointed, cut down to what the service stores: first the stack goes, then what
 * the outside world sent along, then the end of the message.
 */
export function errorForCheckpoint(error: unknown): ErrorObject {
  const object = errorToObject(error);
  if (fits(object)) return object;
  const { StackTrace: _, ...withoutStack } = object;
  if (fits(withoutStack)) return withoutStack;
  const { StackTrace: __, ...brief } = errorToObject(error, true);
  if (fits(brief)) return brief;
  const { ErrorMessage = "", ErrorType } = brief;
  // Four bytes a character at the most, and JSON may double them.
  const room = Math.floor(ServiceLimits.errorBytes / 8);
  const message = `${ErrorMessage.slice(0, room)}… (cut)`;
  return { ErrorType: ErrorType?.slice(0, 256), ErrorMessage: message };
}

function fits(object: ErrorObject): boolean {
  return Buffer.byteLength(JSON.stringify(object)) <= ServiceLimits.errorBytes;
}
