import { heldBodies, neverRun } from "../surroundings/held-bodies.ts";
import { natives } from "../surroundings/natives.ts";
import { remembering } from "../service/remembering.ts";
import type { OperationRecord } from "../service/state.ts";
import { playAttempt } from "./attempt.ts";
import type { Choices } from "./choices.ts";
import type { Execution } from "./execution.ts";
import type { Sandbox } from "./sandbox.ts";

// Not imported: see surroundings/builtins.ts.
const { hash } = process.getBuiltinModule("node:crypto");

/** Turns of the event loop in which the service hears of a step that has begun. */
const TURNS = 200;

interface Invoked {
  readonly execution: Execution;
  readonly sandbox: Sandbox;
  readonly choices: Choices;
}

/**
 * Has attempts of the steps of a handler of AWS's SDK go as it is chosen, in one invocation.
 *
 * @returns ends it: functions that are called later never run.
 */
export function chooseAttempts(invoked: Invoked): (() => void) | undefined {
  const { execution, sandbox, choices } = invoked;
  if (sandbox.scope === undefined || !choices.looksAtAttempts) return undefined;
  execution.bodiesAreTold();
  heldBodies.hold(sandbox, ({ contextId, attempt }, run) => {
    const going = chosen(invoked, { operationId: operationIdAt(contextId), attempt }, run);
    return going;
  });
  return () => heldBodies.hold(sandbox, neverRun);
}

async function chosen(
  invoked: Invoked,
  { operationId, attempt }: { readonly operationId: string; readonly attempt: number },
  run: () => unknown,
): Promise<unknown> {
  const { execution, sandbox, choices } = invoked;
  const call = async (): Promise<unknown> => {
    execution.bodyRuns(operationId, "begins");
    try {
      return await run();
    } finally {
      if (!sandbox.dead) execution.bodyRuns(operationId, "settles");
    }
  };
  // Its name is known once the service has heard of it; time stands still until then.
  const record = await recordOf(invoked, operationId);
  if (sandbox.dead) return new Promise(() => {});
  if (record === undefined) return call();
  const { Name: name, ParentId: parentId } = record.operation;
  const about = { operationId, parentId, name, attempt, around: () => [] };
  return playAttempt({ execution, sandbox, choices, about, run: call }) ?? call();
}

async function recordOf(
  { execution: { state }, sandbox }: Invoked,
  operationId: string,
): Promise<OperationRecord | undefined> {
  for (let turn = 0; turn < TURNS && !state.operations.has(operationId); turn += 1) {
    await new Promise<void>((resolve) => {
      (sandbox.nextTurn ?? natives.setImmediate)(resolve);
    });
  }
  return state.operations.get(operationId);
}

/** The id of an operation of AWS's SDK, by its path: `"2-1"`. */
export const operationIdAt: (path: string) => string = remembering((path) =>
  hash("md5", path).slice(0, 16),
);
