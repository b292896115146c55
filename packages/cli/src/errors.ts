import { DurableError } from "@durabletest/runtime";

/** A file that was named is not there, or cannot be read or written. */
export class FileError extends DurableError {
  override readonly name = "FileError";
  readonly code = "FILE";
}

/** A text that was to be JSON is none. */
export class InvalidJsonError extends DurableError {
  override readonly name = "InvalidJsonError";
  readonly code = "INVALID_JSON";
}

/** An argument or an option cannot be right. */
export class UsageError extends DurableError {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** A module cannot be loaded: a syntax error, an import that is not there, or it throws. `cause` is what it threw. */
export class ModuleLoadError extends DurableError {
  override readonly name = "ModuleLoadError";
  readonly code = "MODULE_LOAD";
}

/** A module has no handler, or several and none was chosen. */
export class HandlerChoiceError extends DurableError {
  override readonly name = "HandlerChoiceError";
  readonly code = "HANDLER_CHOICE";
}

/** AWS's client is not there, or the service has refused what was asked. `cause` is its error. */
export class ServiceError extends DurableError {
  override readonly name = "ServiceError";
  readonly code = "SERVICE";
}

/** Code of users has ended the process while the command was at it. */
export class ProcessEndedError extends DurableError {
  override readonly name = "ProcessEndedError";
  readonly code = "PROCESS_ENDED";
}

/** Whether an error is one of this project, from whichever copy of a package: its message says what to do. */
export function isDurableError(error: unknown): error is DurableError {
  return error instanceof Error && Symbol.for("durabletest.error") in error;
}
