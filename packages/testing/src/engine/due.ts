import type { ServiceTimer } from "../service/state.ts";
import type { ScriptedPlay } from "./scripts.ts";

/** A timer of handler code. */
export interface HandlerTimer {
  readonly kind: "handler";
  readonly fire: () => void;
  /** By the real clock, in milliseconds. */
  readonly armedAtReal: number;
  readonly delayMs: number;
  /**
   * Whether it is due when its call has all but taken as long as it may. Then it is about that, as the function
   * timeout is: a middleware that gives up in time, say.
   */
  readonly isAtLimit: boolean;
}

/** A timer of the service: the end of a wait, a retry, a deadline. */
interface ServiceDue {
  readonly kind: "service";
  readonly executionArn: string;
  readonly timer: ServiceTimer;
}

/** A call of handler code has taken as long as its function may. */
interface FunctionTimeout {
  readonly kind: "function-timeout";
  readonly timeOut: () => void;
}

/** Something that waits in the one order of due things. */
export type DueThing =
  | ServiceDue
  /** The outside world does what it was told to. */
  | { readonly kind: "script"; readonly play: ScriptedPlay }
  | HandlerTimer
  | FunctionTimeout;
