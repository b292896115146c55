import { WrongContextError } from "../errors.ts";
import type { Execution } from "./execution.ts";
import { ContextScope, runningScope } from "./scope.ts";
import { runningStepOf, StepBody } from "./step-body.ts";

/**
 * Where code of an execution is running: the step or the context that is innermost around it. Undefined
 * when that cannot be told: the code was called from outside of the handler's asynchronous context.
 */
export function innermost(of: {
  readonly execution: Execution;
}): ContextScope | StepBody | undefined {
  const step = runningStepOf(of);
  if (step !== undefined) return step;
  const scope = runningScope.getStore();
  return scope?.execution === of.execution ? scope : undefined;
}

/**
 * A context may be used only where it is the innermost one. Elsewhere an operation would take a place, and
 * an id, that depend on what else happens to be going on; and what is recorded of a child would lack it.
 *
 * @param call - what was called, for the message: `context.step("charge", …)`.
 * @throws WrongContextError, having failed the execution: no error handling of the user's hides it.
 */
export function assertInnermost(used: ContextScope | StepBody, call: () => string): void {
  const inside = innermost(used);
  if (inside === undefined || inside === used) return;
  const place = `inside ${describe(inside)} on the context of ${describe(used)}`;
  const error = new WrongContextError(`${call()} was called ${place}. ${advice(inside, used)}`);
  used.execution.end({ kind: "failed", error });
  throw error;
}

/**
 * What the code of one invocation was given is no use in another: nothing comes of it, and whoever waits for it
 * waits for ever. Where the code belongs that calls it is only told of an invocation that goes on; what an earlier
 * one has left behind may call what it likes.
 *
 * @throws WrongContextError, having failed the execution whose code is running.
 */
export function assertOfThisInvocation(used: ContextScope | StepBody, call: () => string): void {
  const running = runningScope.getStore();
  if (running === undefined || running.execution === used.execution) return;
  if (running.execution.ended || runningStepOf(used) !== undefined) return;
  const owner = used.execution.ended ? "an earlier invocation" : "another execution";
  const inside = innermost(running) ?? running;
  const error = new WrongContextError(
    `${call()} was called inside ${describe(inside)} on what belongs to ${owner}. ` +
      "Use the context that the handler is given, in every invocation anew: keep none, and nothing that it has made, in a variable outside of the handler.",
  );
  running.execution.end({ kind: "failed", error });
  throw error;
}

function describe(place: ContextScope | StepBody): string {
  return place instanceof StepBody ? place.what : place.origin.what;
}

function advice(inside: ContextScope | StepBody, used: ContextScope | StepBody): string {
  if (inside instanceof StepBody) {
    return `A step is one operation: use what the function of ${inside.what} is given (step.createCallback, step.waitForCallback), or group operations with context.runInChildContext.`;
  }
  const { what, givesContext } = inside.origin;
  if (!givesContext) {
    return `Code in there has no context of its own: call the operation before or after ${what}.`;
  }
  const scope = used instanceof StepBody ? used.scope : used;
  return scope === inside || scope.isWithin(inside)
    ? `The context of ${describe(used)} is for its own function: use that of ${what} here.`
    : `Operations belong to the innermost context: use the child context that the function of ${what} is given.`;
}
