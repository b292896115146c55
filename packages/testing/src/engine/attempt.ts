import type { BodyAttempt } from "@durabletest/runtime";
import { errorFromObject } from "@durabletest/runtime/protocol";
import { type Operation, operationView, type StepOperation } from "../operation.ts";
import { operationNames } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import { isResponse } from "../script.ts";
import type { StepAttempt } from "../step-script.ts";
import type { Choices, StepPoint } from "./choices.ts";
import type { Execution } from "./execution.ts";
import type { Sandbox } from "./sandbox.ts";
import { type AttemptChoice, type AttemptPoint, choiceOf } from "./step-scripts.ts";

/** Longer than any invocation may take. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** One attempt of a step, in the sandbox that it is made in. */
export interface AttemptInSandbox {
  readonly execution: Execution;
  readonly sandbox: Sandbox;
  readonly choices: Choices;
  readonly about: BodyAttempt;
  /** Calls the function of the step. */
  readonly run: () => Promise<unknown>;
}

/**
 * Does what is chosen in the place of the function of a step. Called where that would be called: what it waits
 * for is waited for in the step.
 *
 * @returns undefined: the function is to be called, as if nobody had asked.
 */
export function playAttempt(attempt: AttemptInSandbox): Promise<unknown> | undefined {
  const { execution, sandbox, choices } = attempt;
  const { operationId, parentId, name, attempt: number } = attempt.about;
  const operations = (): readonly Operation[] => {
    sandbox.flush();
    return withUnrecorded(execution, attempt.about, sandbox.now());
  };
  const find = (all: readonly Operation[]): StepOperation => {
    const found = all.find(({ id }) => id === operationId);
    if (found?.type !== "STEP") throw new Error(`${operationId} is no step.`);
    return found;
  };
  const point: StepPoint = {
    execution,
    clock: sandbox.clock,
    executionArn: execution.state.arn,
    operationId,
    parentId,
    name,
    attempt: number,
    step: () => find(operations()),
    addresses: () => {
      const all = operations();
      return operationNames(operationTree(all)).addresses(find(all));
    },
  };
  const choice = choices.attempt(point);
  if (choice === undefined) return undefined;
  execution.bodyReplaced(operationId);
  return play(choice, point, attempt);
}

async function play(
  choice: AttemptChoice,
  point: AttemptPoint,
  attempt: AttemptInSandbox,
): Promise<unknown> {
  const { run, sandbox } = attempt;
  if (choice === "never") return rest(FOR_EVER_MS);
  if (typeof choice === "function") {
    const { name, attempt: number } = point;
    const asked: StepAttempt = {
      name,
      attempt: number,
      run,
      get step() {
        return point.step();
      },
    };
    const value = await choice(asked);
    if (!isResponse(value)) return value;
    return play(choiceOf(value, `steps.${name ?? point.operationId}`), point, attempt);
  }
  if (choice.kind === "crash after") {
    await play(choice.scripted, point, attempt).catch(() => {});
    return crashAfter(sandbox);
  }
  if (choice.afterMs > 0) await rest(choice.afterMs);
  switch (choice.kind) {
    case "success":
      return choice.value;
    case "failure":
      throw choice.value instanceof Error ? choice.value : errorFromObject(choice.error);
    case "run":
      return run();
    case "crash":
      if (choice.when === "after") {
        await run().catch(() => {});
        return crashAfter(sandbox);
      }
      sandbox.flush(); // that it has begun is known
      return sandbox.crash("before the function of a step was called");
  }
}

function crashAfter(sandbox: Sandbox): Promise<never> {
  sandbox.flush(); // that it has begun is known
  return sandbox.crash("before the outcome of a step was recorded");
}

/** Of virtual time: it is called in the scope of the invocation, whose timers are the execution's. */
async function rest(ms: number): Promise<void> {
  const timers: Pick<typeof globalThis, "setTimeout"> = globalThis;
  await new Promise<void>((resolve) => {
    timers.setTimeout(resolve, Math.min(ms, FOR_EVER_MS));
  });
}

/** What is recorded, and the step and the contexts around it, of which the service may not have heard yet. */
function withUnrecorded(
  { state }: Execution,
  { operationId, parentId, name, attempt, around }: BodyAttempt,
  now: number,
): readonly Operation[] {
  const recorded = [...state.operations.values()].map((record) => operationView(record));
  const missing = (id: string): boolean => !state.operations.has(id);
  const begun = { status: "STARTED", startedAt: new Date(now), endedAt: undefined } as const;
  const nothing = { result: undefined, error: undefined } as const;
  const contexts = around()
    .filter(({ id }) => missing(id))
    .map((context): Operation => ({ ...context, ...begun, ...nothing, type: "CONTEXT" }));
  const step: StepOperation = {
    id: operationId,
    parentId,
    name,
    subType: "Step",
    ...begun,
    ...nothing,
    type: "STEP",
    attempt,
    runs: undefined,
    completedRuns: undefined,
    nextAttemptAt: undefined,
  };
  return [...recorded, ...contexts, ...(missing(operationId) ? [step] : [])];
}
