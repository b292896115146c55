import { addTimeline, appendText } from "../print/timeline-section.ts";
import type { DurableResult } from "../result.ts";
import { copiedError } from "./copied-error.ts";

/** As frameworks say it. */
const TIMED_OUT = /timed out|exceeded timeout/i;

/**
 * What a test threw, saying what its execution did until then: the timeline, at the end of the message and in
 * the stack, which some frameworks print instead. Once only; nothing is added where nothing was started, nor to
 * what is no error.
 *
 * @param open - the call that was going on ({@link openCallOf}), for a test that has run into its timeout.
 * @returns a copy: other tests may throw the same error. What nothing is added to comes back as it is.
 *
 * @example
 * ```ts
 * try {
 *   await body({ runner });
 * } catch (error) {
 *   throw explainFailure(error, runner.result);
 * }
 * ```
 */
export function explainFailure<Thrown>(
  error: Thrown,
  result: DurableResult<unknown>,
  open?: string,
): Thrown {
  if (result.history.length === 0 || !hasMessage(error)) return error;
  const explained = copiedError(error);
  if (open !== undefined && TIMED_OUT.test(error.message)) appendText(explained, open);
  addTimeline(explained, result);
  // Of an assertion of Node, frameworks print a message only when somebody has written it.
  if (Reflect.get(explained, "generatedMessage") === true)
    Reflect.set(explained, "generatedMessage", false);
  return explained;
}

/** Errors come from other realms as well, so what counts is what they have. */
export function hasMessage(error: unknown): error is Error {
  return (
    typeof error === "object" &&
    error !== null &&
    "message" in error &&
    typeof error.message === "string"
  );
}
