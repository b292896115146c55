import { type ErrorObject, isDurableHandler } from "@durabletest/runtime";
import { HandlerStuckError } from "../errors.ts";
import type { RunnerSettings } from "../options.ts";
import { formatBlockers } from "../print/blockers.ts";
import type { Invocation } from "../result.ts";
import { beginInvocation, completeInvocation, type InvocationOutcome } from "../service/service.ts";
import { errorRecorded, watchErrors, withSeenStack } from "../surroundings/seen-errors.ts";
import { describeRejection, outcomeOf, rejectedForGood, withoutContact } from "./answer.ts";
import { callSites } from "./call-sites.ts";
import type { Choices } from "./choices.ts";
import type { Execution, ExecutionPorts } from "./execution.ts";
import { callHandler } from "./handler-call.ts";
import { InvocationClient } from "./invocation-client.ts";
import { lambdaContext } from "./lambda-context.ts";
import { InvocationLog } from "./logs.ts";
import { cutOffBySuspension } from "./notices.ts";
import { chooseAttempts } from "./other-attempts.ts";
import type { Running } from "./running.ts";
import { Sandbox, type SandboxEnd } from "./sandbox.ts";

/** How often the service invokes again after a rejection. */
const REJECTIONS = 3;

export interface InvocationPorts extends ExecutionPorts {
  readonly choices: Choices;
  readonly running: Running;
  readonly settings: RunnerSettings;
}

/**
 * Invokes the handler of an execution once: begins the invocation with the service, calls the handler in a
 * sandbox, and tells the service how it ended.
 *
 * @throws HandlerStuckError, HandlerRejectedError, InvalidHandlerError
 */
export async function invoke(execution: Execution, ports: InvocationPorts): Promise<void> {
  const { state } = execution;
  const { clock, settings } = ports;
  execution.mustInvokeAgain = false;
  const input = beginInvocation(state, clock.now());
  const index = execution.invocations.length;
  const begun: Invocation = {
    requestId: state.invocation?.requestId ?? "",
    startedAt: new Date(clock.now()),
    endedAt: undefined,
    status: "RUNNING",
    error: undefined,
  };
  execution.invocations.push(begun);
  const recordEnd = (status: Invocation["status"], error: ErrorObject | undefined): void => {
    execution.invocations[index] = { ...begun, endedAt: new Date(clock.now()), status, error };
  };
  const complete = (outcome: InvocationOutcome): void =>
    ports.applyEffects(execution, completeInvocation(state, clock.now(), outcome));

  const sandbox = sandboxOf(execution, ports);
  const end = await call(execution, { sandbox, input, requestId: begun.requestId }, ports);
  const outcome = outcomeOf(end, settings.limits);
  switch (outcome.kind) {
    case "abandoned":
      // The service has completed the invocation together with the execution.
      recordEnd("DIED", {
        ErrorType: "Abandoned",
        ErrorMessage: "The execution ended meanwhile.",
      });
      return;
    case "replayed":
      recordEnd("PENDING", undefined);
      complete({ kind: "answered", output: { Status: "PENDING" } });
      return;
    case "answered": {
      const { output } = outcome;
      const error = output.Status === "FAILED" ? output.Error : undefined;
      if (error !== undefined) errorRecorded(execution.environment(), error);
      recordEnd(output.Status, withSeenStack(error));
      if (output.Status === "PENDING") execution.notice(cutOffBySuspension(sandbox.leftBehind));
      complete(outcome);
      execution.rejections = 0;
      return;
    }
    case "died":
    case "rejected":
    case "failed": {
      const error = outcome.kind === "died" ? outcome.error : describeRejection(outcome.error);
      recordEnd("DIED", error);
      complete({ kind: "died", error });
      if (outcome.kind === "failed") throw located(execution, outcome.error);
      execution.mustInvokeAgain = true;
      if (outcome.kind === "rejected") countRejection(execution, outcome.error);
    }
  }
}

/** Calls the handler; says of one that is stuck what it waits for. */
async function call(
  execution: Execution,
  {
    sandbox,
    input,
    requestId,
  }: { sandbox: Sandbox; input: ReturnType<typeof beginInvocation>; requestId: string },
  { clock, running, settings, choices }: InvocationPorts,
): Promise<SandboxEnd> {
  const { functionName, handler, tenantId } = execution.function;
  execution.call = sandbox;
  const { state } = execution;
  const log = new InvocationLog({
    executionArn: state.arn,
    handler,
    invocation: execution.invocations.length,
    lines: execution.logs,
    prints: settings.logs === "print",
    now: () => clock.now(),
    operationCount: () => state.operations.size,
  });
  const surroundings = {
    client:
      settings.transport === "direct"
        ? new InvocationClient({
            execution,
            sandbox,
            log,
            choices,
            running,
            replay: settings.replay,
          })
        : undefined,
    lambdaContext: lambdaContext({ functionName, requestId, tenantId, limit: sandbox.limit }),
  };
  // Our runtime records where errors were thrown.
  const isOurs = isDurableHandler(handler);
  const unchoose = isOurs ? undefined : chooseAttempts({ execution, sandbox, choices });
  const unwatch = isOurs ? undefined : watchErrors();
  const end = await sandbox.run(() => log.listen(() => callHandler(handler, input, surroundings)));
  unwatch?.();
  unchoose?.();
  execution.call = undefined;
  if (end.kind === "failed" && HandlerStuckError.is(end.error)) {
    const sites = await callSites(execution, { clock, running });
    const error = new HandlerStuckError(
      `${end.error.message} ${formatBlockers(execution.state, sites)}`,
    );
    return { kind: "failed", error };
  }
  return execution.hasReachedService ? end : withoutContact(end, settings.transport);
}

/** Apart from the call: it outlives it, with what its functions have in reach. */
function sandboxOf(
  execution: Execution,
  { clock, running, settings: { globals } }: InvocationPorts,
): Sandbox {
  return new Sandbox({
    clock,
    running,
    globals,
    random: () => execution.random(),
    environment: execution.environment(),
    effect: (effect, step) => execution.effect(effect, step),
    timeoutSeconds: execution.function.timeoutSeconds,
  });
}

/** The service invokes again after a rejection, but not for ever. */
function countRejection(execution: Execution, cause: unknown): void {
  execution.rejections += 1;
  if (execution.rejections <= REJECTIONS) return;
  execution.rejections = 0;
  const how = { times: REJECTIONS + 1, hasReachedService: execution.hasReachedService };
  throw located(execution, rejectedForGood(cause, how));
}

/** Says of an error of a function that was invoked which one it is about. */
function located(execution: Execution, error: Error): Error {
  if (execution.invokedBy !== undefined) {
    error.message = `In "${execution.functionName}": ${error.message}`;
  }
  return error;
}
