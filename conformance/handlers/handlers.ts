/** The handlers that requirements are run with. */
import type { Logger } from "@durabletest/runtime";
import type { AnyDurableLambdaHandler } from "@durabletest/testing";

/** What a handler has besides its context. */
interface Outside {
  /** Its lines are compared with what a requirement expects to be logged. */
  readonly logger: Logger;
}

/** A handler that invokes others. */
interface Caller {
  readonly handler: AnyDurableLambdaHandler;
  /** By name. */
  readonly durableFunctions: Readonly<Record<string, AnyDurableLambdaHandler>>;
}

/** Makes a handler for one run: what it closes over outlives its invocations, as a database would. */
export type MakeHandler = (outside: Outside) => AnyDurableLambdaHandler | Caller;

/** By the id of the requirement. */
export type Handlers = Readonly<Record<string, MakeHandler>>;
