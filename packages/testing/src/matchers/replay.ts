import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { ReplayOptions } from "../replay/index.ts";
import type { MatcherContext, MatcherResult } from "./framework.ts";
import { message } from "./report.ts";

/** What says that the handler diverges is what the matcher says; every other error is the test's. */
export async function toReplay(
  context: MatcherContext,
  received: unknown,
  history: string | object,
  options?: ReplayOptions,
): Promise<MatcherResult> {
  const { isNot = false, promise = "", utils } = context;
  const hint = utils.matcherHint("toReplay", "handler", "history", { isNot, promise });
  // Loaded when it is needed: nobody else must pay for it, and it brings the engine.
  const { replayHistory, ReplayDivergedError } = await import("../replay/index.ts");
  try {
    const { prefixes } = await replayHistory(received as AnyDurableLambdaHandler, history, options);
    const said = `The handler asks for all that was recorded, in each of ${prefixes} states.`;
    return { pass: true, message: () => message(hint, said) };
  } catch (error) {
    if (!ReplayDivergedError.is(error)) throw error;
    return { pass: false, message: () => message(hint, error.message) };
  }
}
