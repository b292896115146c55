import type { DurableResult, DurableTestRunner, Operation } from "@durabletest/testing";

/** Something that waits for virtual time to pass. */
export interface DueText {
  readonly at: Date;
  /** What happens then: `wait "settle" ends`. */
  readonly what: string;
}

/** Lambda lets an invocation run so long. */
const INVOCATION_MS = 900_000;

/** What is due for an execution and for those that it has invoked, the first thing first. */
export function dueOf(runner: DurableTestRunner): readonly DueText[] {
  const { result } = runner;
  return result.status === "PENDING"
    ? dueIn(result, runner).toSorted((a, b) => a.at.getTime() - b.at.getTime())
    : [];
}

function dueIn(
  { operations, invocations }: DurableResult<unknown>,
  runner: DurableTestRunner,
): readonly DueText[] {
  const running = invocations
    .filter(({ status }) => status === "RUNNING")
    .map(({ startedAt }) => ({
      at: new Date(startedAt.getTime() + INVOCATION_MS),
      what: "the invocation times out",
    }));
  const byId = new Map(operations.map((operation) => [operation.id, operation] as const));
  /** A callback of a `waitForCallback` is called after that. */
  const nameOf = ({ name, parentId = "" }: Operation): string | undefined => {
    const parent = byId.get(parentId);
    return name ?? (parent && nameOf(parent));
  };
  const due = operations.flatMap((operation) => {
    const name = nameOf(operation);
    return dueOfOperation(operation, name === undefined ? "" : ` "${name}"`, runner);
  });
  return [...due, ...running];
}

function dueOfOperation(
  operation: Operation,
  name: string,
  runner: DurableTestRunner,
): readonly DueText[] {
  if (operation.endedAt !== undefined) return [];
  const due = (at: Date | undefined, what: string): readonly DueText[] =>
    at === undefined ? [] : [{ at, what }];
  switch (operation.type) {
    case "WAIT":
      return due(operation.scheduledEndAt, `wait${name} ends`);
    case "STEP":
      return due(operation.nextAttemptAt, `step${name} is tried again`);
    case "CALLBACK":
      return [
        ...due(operation.timeoutAt, `callback${name} times out`),
        ...due(operation.heartbeatAt, `callback${name} misses a heartbeat`),
      ];
    case "CHAINED_INVOKE": {
      const { executionArn } = operation;
      return executionArn === undefined ? [] : dueIn(runner.execution(executionArn), runner);
    }
    case "CONTEXT":
      return [];
  }
}
