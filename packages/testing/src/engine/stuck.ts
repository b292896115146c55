import { HandlerStuckError } from "../errors.ts";
import { describeOpenWork } from "../in-flight/open-work.ts";
import { timersGone } from "../surroundings/environment.ts";
import { isTimerMocked } from "../surroundings/fake-timers.ts";

/** @param openWork - what is open that the handler may wait for, by name. */
export function stuckError(openWork: readonly string[]): HandlerStuckError {
  return new HandlerStuckError(
    `The handler neither settles nor waits for anything that could still happen.${describeOpenWork(openWork)}${describeTimers()}`,
  );
}

/** Why a timer that the handler may wait for does not fire. */
function describeTimers(): string {
  if (isTimerMocked()) {
    return " setTimeout is a mock: fake timers cannot be installed by handler code, nor while it runs (jest.useFakeTimers with legacyFakeTimers). The time it sees is its execution's already. Install them in the test, before run(), or not at all.";
  }
  if (timersGone() === 0) return "";
  return " An execution before this one has ended with a timer armed, which never fires. If the handler waits for that one, in the state of a module that both share (a batch, a debounce), have the test reset that state, or the first execution wait for the timer.";
}
