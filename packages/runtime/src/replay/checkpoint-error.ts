import { errorToObject } from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { ServiceLimits } from "../protocol/limits.ts";

/** An error as it is checkpointed, cut down to what the service stores. */
export function errorForCheckpoint(error: unknown): ErrorObject {
  const object = errorToObject(error);
  if (sizeOf(object) <= ServiceLimits.errorBytes) return object;
  const { StackTrace: _, ...withoutStack } = object;
  if (sizeOf(withoutStack) <= ServiceLimits.errorBytes) return withoutStack;
  const { ErrorMessage = "", ErrorType } = object;
  // Four bytes a character at the most, and JSON may double them.
  const room = Math.floor(ServiceLimits.errorBytes / 8);
  return {
    ErrorType: ErrorType?.slice(0, 256),
    ErrorMessage:
      ErrorMessage.length > room ? `${ErrorMessage.slice(0, room)}… (cut)` : ErrorMessage,
  };
}

function sizeOf(object: ErrorObject): number {
  return Buffer.byteLength(JSON.stringify(object));
}
