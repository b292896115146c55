import { DurableError } from "@durabletest/runtime";

/** The execution has not come to rest after what was done to it before. */
export class ExecutionBusyError extends DurableError {
  override readonly name = "ExecutionBusyError";
  readonly code = "EXECUTION_BUSY";
}

/** An execution that the page speaks of is not open any more. */
export class NoSuchExecutionError extends DurableError {
  override readonly name = "NoSuchExecutionError";
  readonly code = "NO_SUCH_EXECUTION";
}

/** A function cannot be started: there is none of the name, or its module could not be loaded. */
export class FunctionUnknownError extends DurableError {
  override readonly name = "FunctionUnknownError";
  readonly code = "FUNCTION_UNKNOWN";
}

/** The clock cannot be turned to what is due next: nothing is. */
export class NothingDueError extends DurableError {
  override readonly name = "NothingDueError";
  readonly code = "NOTHING_DUE";
}

/** A request of the page cannot be read, or does not come from it. */
export class RequestRefusedError extends DurableError {
  override readonly name = "RequestRefusedError";
  readonly code = "REQUEST_REFUSED";
  /** Of HTTP. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What was going on was killed together with the thread that it ran in. */
export class ThreadKilledError extends DurableError {
  override readonly name = "ThreadKilledError";
  readonly code = "THREAD_KILLED";
}

/** Somebody else listens on the port that was asked for. */
export class PortTakenError extends DurableError {
  override readonly name = "PortTakenError";
  readonly code = "PORT_TAKEN";
}

/** An address or a port is none that the page can have. */
export class ListenError extends DurableError {
  override readonly name = "ListenError";
  readonly code = "LISTEN";
}

/** What another thread has refused, with the code that it has there. */
export class RemoteError extends DurableError {
  override readonly name = "RemoteError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
