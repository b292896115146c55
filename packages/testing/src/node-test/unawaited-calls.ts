import { afterEach, beforeEach } from "node:test";
import { watchCalls } from "../engine/test-calls.ts";

let isTold = false;

/**
 * Has calls of runners that a test has made itself, and that nobody awaits, fail that test. Once a file, when it
 * defines its first test: hooks set off the test runner of Node, which other frameworks have no use for.
 */
export function tellUnawaitedCalls(): void {
  if (isTold) return;
  isTold = true;
  const calls = watchCalls();
  let running = 0;
  beforeEach(() => {
    running += 1;
    calls.testBegins(running === 1);
  });
  afterEach(() => {
    running -= 1;
    const notAwaited = calls.testEnds();
    if (notAwaited !== undefined) throw notAwaited;
  });
}
