import { DurableError } from "@durabletest/runtime";
import type { Property } from "./properties.ts";

/** An execution was found that lacks a property; told with the fewest decisions that lead there. */
export class ExplorationError extends DurableError {
  override readonly name = "ExplorationError";
  readonly code = "EXPLORATION";
  /** Which property does not hold: one of those that are built in, or `"check"`. */
  readonly property: Property;
  /** What was not as usual, in words: the fewest decisions with which it still fails. */
  readonly decisions: readonly string[];
  /** For the option `schedule` of explore() or of a runner, which goes that way again. */
  readonly schedule: string;
  readonly timeline: string;
  /** A test that fails the same way, to paste. Where it says `options`, it means those that explore() was given. */
  readonly testCode: string;

  constructor(
    message: string,
    found: Pick<
      ExplorationError,
      "property" | "decisions" | "schedule" | "timeline" | "testCode"
    > & { readonly cause: unknown },
  ) {
    super(message, { cause: found.cause });
    this.property = found.property;
    this.decisions = found.decisions;
    this.schedule = found.schedule;
    this.timeline = found.timeline;
    this.testCode = found.testCode;
  }
}
