import type { DueThing } from "./due.ts";
import type { World } from "./world.ts";

/** What the time rule looks at. */
interface Situation {
  /** Whether the execution under test has ended. */
  readonly ended: boolean;
  readonly isGoingOn: boolean;
  readonly settings: { readonly timeSkipping: "auto" | "manual" };
  readonly world: Pick<World, "waitsForTest" | "someCallbackWaitsForTest">;
}

/** The time rule of `run()`: whether a due thing needs no word from the test. */
export function happensByItself(
  what: DueThing,
  { ended, isGoingOn, settings, world }: Situation,
): boolean {
  if (ended) return isGoingOn;
  if (what.kind === "service" && settings.timeSkipping === "manual") return false;
  return !isSilence(what, world);
}

/**
 * Whether a due thing is the silence of the outside world: it happens only when nobody has said anything
 * by then, and whether somebody has is for the test to say.
 *
 * While no callback waits for the test, nothing is. While one does, it is its deadlines, the timeout of an
 * execution, the end of any wait (a reminder after a day, a race against an hour: somebody could have
 * answered before) and the timeout of a function that is still at work, with what handler code does in the last
 * moments before it. Retries and polls are not: the handler is at work, and has not told the world anything yet.
 * Nor is what handler code waits for by itself.
 */
function isSilence(what: DueThing, world: Situation["world"]): boolean {
  switch (what.kind) {
    case "script":
      return false;
    case "handler":
      return what.isAtLimit && world.someCallbackWaitsForTest();
    case "function-timeout":
      return world.someCallbackWaitsForTest();
    case "service":
      break;
  }
  const { executionArn, timer } = what;
  switch (timer.kind) {
    case "callback-timeout":
    case "callback-heartbeat":
      return world.waitsForTest(executionArn, timer.operationId);
    case "execution-timeout":
    case "wait":
      return world.someCallbackWaitsForTest();
    case "retry":
      return false;
  }
}
