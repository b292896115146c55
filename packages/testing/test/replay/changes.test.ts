import type { DurableContext as AwsContext } from "@aws/durable-execution-sdk-js";
import type { DurableContext } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type AnyDurableLambdaHandler,
  DurableTestRunner,
  type HistoryEvent,
  respond,
} from "../../src/index.ts";
import {
  type ReplayReport,
  ReplayDivergedError,
  replayHistory,
  type RequestedOperation,
} from "../../src/replay/index.ts";
import { sdks, VERSIONS } from "../aws-sdk/support/sdks.ts";
import { CHANGES, type Change, durable } from "./support/changes.ts";

type Make = (body: Change["before"]) => AnyDurableLambdaHandler;

const made: readonly (readonly [string, Make])[] = [
  ["our runtime", durable],
  ...VERSIONS.map((version): readonly [string, Make] => [
    `SDK ${version} of AWS`,
    (body) =>
      sdks[version].withDurableExecution(async (_: unknown, context: AwsContext) =>
        body(context as unknown as DurableContext),
      ),
  ]),
];

test("changes are tried in at least thirty ways", () => {
  expect(new Set(CHANGES.map(({ change }) => change)).size).toBeGreaterThanOrEqual(30);
});

describe.for(made)("a change of a handler of %s", ([sdk, make]) => {
  const changes = CHANGES.filter(({ isOurs }) => isOurs !== true || sdk === "our runtime");

  test.for(changes.filter(({ falls }) => falls === undefined))(
    "$change: executions in flight go on",
    async ({ before, after, next = [] }) => {
      const report = await replayHistory(make(after), await historyOf(make(before)));
      expect(report.next.map(titleOf)).toEqual(next);
    },
  );

  test.for(changes.filter(({ falls }) => falls !== undefined))(
    "$change: executions in flight break",
    async ({ before, after, falls }) => {
      const history = await historyOf(make(before));
      const error = await divergenceOf(replayHistory(make(after), history));
      const { requested, breaks } = error;
      const [first, second] = breaks;
      const told = {
        at: eventTitle(history[error.eventId - 1]),
        ...(requested && { asks: titleOf(requested) }),
        ...(first?.to !== undefined && { until: eventTitle(lastBefore(history, first.to)) }),
        ...(second && { again: eventTitle(history[second.from - 1]) }),
      };
      expect(told).toEqual(falls);
      expect(first?.from).toBe(error.eventId);
      if (requested !== undefined) expect(error.callSite).toMatch(/changes\.ts:\d+:\d+/);
    },
  );
});

async function historyOf(handler: AnyDurableLambdaHandler): Promise<readonly HistoryEvent[]> {
  await using runner = new DurableTestRunner(handler, {
    callbacks: { approval: respond.success("yes").after({ minutes: 5 }) },
  });
  const result = await runner.run({});
  expect(result.status).toBe("SUCCEEDED");
  return result.history;
}

async function divergenceOf(replay: Promise<ReplayReport>): Promise<ReplayDivergedError> {
  const outcome: unknown = await replay.catch((error: unknown) => error);
  if (ReplayDivergedError.is(outcome)) return outcome;
  throw new Error("It did not fall.", { cause: outcome });
}

/** Invocations end where they may: what counts is what happened last. */
function lastBefore(history: readonly HistoryEvent[], eventId: number): HistoryEvent | undefined {
  return history
    .slice(0, eventId)
    .findLast(({ EventType }) => /^(?:Wait|Step|Callback)/.test(EventType));
}

function titleOf({ type, name = "" }: RequestedOperation): string {
  return `${type} ${name}`;
}

function eventTitle(event: HistoryEvent | undefined): string {
  return `${event?.EventType} ${event?.Name ?? ""}`;
}
