import { test } from "@fast-check/vitest";
import {
  type DurableExecutionInvocationInput,
  isEnded,
  type Operation,
} from "@durabletest/runtime/protocol";
import { expect } from "vitest";
import { type DurableHandler, DurableTestRunner, ExecutionStalledError } from "../../src/index.ts";
import { readEvents } from "../../src/replay/read-history.ts";
import { applyEvent, stateAtStart } from "../../src/replay/rebuild.ts";
import { functionsOf, handlerOf, type Observer } from "../property/program.ts";
import { everything, programs } from "../property/program-arbitrary.ts";
import { scriptsOf } from "../property/scenario.ts";
import { limitMs, parameters } from "../property/settings.ts";

const observer: Observer = {
  bodyBegins: () => {},
  saw: () => {},
  reaches: () => {},
  logs: () => {},
  made: () => {},
  exits: () => false,
  answer: () => Promise.resolve(),
};

/** What an invocation was given, and how many events there were by then. */
interface Given {
  readonly events: number;
  readonly operations: readonly Operation[];
}

test.prop([programs({ ...everything, invokes: true, exits: false })], parameters(0.1))(
  "the state that is made of a history is what invocations were given",
  async (program) => {
    const given: Given[] = [];
    const handler = handlerOf(program, observer);
    const runner: DurableTestRunner = new DurableTestRunner(
      recording(handler, (operations) => {
        given.push({ events: runner.result.history.length, operations });
      }),
      {
        callbacks: scriptsOf(program),
        durableFunctions: functionsOf(program, observer),
      },
    );
    await runner.run({});
    await runner.runToCompletion().catch((error: unknown) => {
      if (!ExecutionStalledError.is(error)) throw error;
    });

    const [started, ...events] = readEvents(JSON.stringify(runner.result.history));
    const state = stateAtStart(started!);
    let count = 1;
    for (const { events: to, operations } of given) {
      for (; count < to; count += 1) applyEvent(state, events[count - 1]!);
      const rebuilt = [...state.replayable.values()];
      expect(seen(rebuilt)).toEqual(seen(operations.slice(1)));
    }
  },
  limitMs(0.1),
);

function recording(
  handler: DurableHandler<unknown, unknown>,
  told: (operations: readonly Operation[]) => void,
): typeof handler {
  return (event, context) => {
    const { InitialExecutionState } = event as DurableExecutionInvocationInput;
    told(InitialExecutionState.Operations ?? []);
    return handler(event, context);
  };
}

/**
 * As far as handler code can see: that a step may begin again is no event; stacks are not in a history. Whether
 * the service keeps what is inside an ended context is made out from what there is.
 */
function seen(operations: readonly Operation[]): unknown {
  return operations
    .filter((operation) => !isInsideEnded(operation, operations))
    .map(({ Type, Status, StepDetails, ContextDetails, ...rest }) => {
      const { ReplayChildren: _, ...outcome } = ContextDetails ?? {};
      const isOpenStep = Type === "STEP" && !isEnded(Status);
      const operation = { ...rest, Type, StepDetails, outcome };
      return JSON.parse(
        JSON.stringify(
          { ...operation, Status: isOpenStep ? "open" : Status },
          (key, value: unknown) =>
            key === "StackTrace" || key === "NextAttemptTimestamp" ? undefined : value,
        ),
      ) as unknown;
    });
}

function isInsideEnded({ ParentId }: Operation, operations: readonly Operation[]): boolean {
  const parent = operations.find(({ Id }) => Id === ParentId);
  return parent !== undefined && (isEnded(parent.Status) || isInsideEnded(parent, operations));
}
