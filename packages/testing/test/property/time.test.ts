import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import {
  type DurableResult,
  DurableTestRunner,
  ExecutionStalledError,
  respond,
  type Response,
  TargetNotReachedError,
} from "../../src/index.ts";
import { limitMs, parameters } from "./settings.ts";
import { Ambiguous, type Branch, type ModelEvent, type Move, TimeModel } from "./time-model.ts";

const seconds = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const wholeOrNot = fc.oneof(
  { weight: 3, arbitrary: seconds(1, 6).map((whole) => whole * 1000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6999 }) },
);

const script: fc.Arbitrary<readonly Move[]> = fc
  .tuple(
    fc.array(wholeOrNot, { maxLength: 3 }),
    fc.option(
      fc.record({
        kind: fc.constantFrom("success" as const, "failure" as const),
        afterMs: fc.oneof(wholeOrNot, fc.constant(0)),
      }),
      { nil: undefined, freq: 3 },
    ),
  )
  // A script has one interval for all its heartbeats.
  .map(([beats, end]) => [
    ...beats.map(() => ({ kind: "heartbeat" as const, afterMs: beats[0]! })),
    ...(end === undefined ? [] : [end]),
  ]);

const branch: fc.Arbitrary<Branch> = fc.record({
  startsAfter: fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: seconds(1, 6) },
  ),
  does: fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: seconds(1, 12) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("step" as const),
        sleepMs: fc.array(fc.oneof(fc.constant(0), wholeOrNot), { minLength: 1, maxLength: 3 }),
        failures: seconds(0, 3),
        maxAttempts: seconds(1, 4),
        delay: fc.record({
          initial: seconds(1, 4),
          rate: fc.constantFrom(1, 2),
          max: seconds(1, 6),
        }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("callback" as const),
        timeout: fc.oneof(fc.constant(0), seconds(1, 12)),
        heartbeat: fc.oneof(fc.constant(0), seconds(1, 8)),
        script: fc.option(script, { nil: undefined, freq: 2 }),
        waits: fc.option(fc.array(seconds(0, 6), { minLength: 1, maxLength: 3 }), {
          nil: undefined,
          freq: 3,
        }),
      }),
    },
  ),
});

type Command =
  | { readonly do: "success" | "failure" | "heartbeat"; readonly which: number }
  | { readonly do: "advance" | "advanceTo"; readonly ms: number }
  | { readonly do: "complete" }
  | { readonly do: "advanceUntil"; readonly which: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("success" as const, "failure" as const, "heartbeat" as const),
      which: fc.nat(3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("advance" as const, "advanceTo" as const),
      ms: fc.oneof(wholeOrNot, fc.constant(0)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "complete" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("advanceUntil" as const), which: fc.nat(5) }),
  },
);

const setups = fc.record({
  branches: fc.array(branch, { minLength: 1, maxLength: 6 }),
  manual: fc.boolean(),
  timeout: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: seconds(1, 20) },
  ),
  // Of the function: longer than any attempt of a step, or it would never get to its end.
  invocationTimeout: fc.oneof(
    { weight: 1, arbitrary: fc.constant(900) },
    { weight: 1, arbitrary: seconds(7, 15) },
  ),
  commands: fc.array(command, { maxLength: 8 }),
});

test.prop([setups], parameters(1))(
  "time passes as the model of it says, to the millisecond",
  async ({ branches, manual, timeout, invocationTimeout, commands }) => {
    const model = new TimeModel(branches, { manual, timeout, invocationTimeout });
    const runner = new DurableTestRunner(handlerOf(branches), {
      timeSkipping: manual ? "manual" : "auto",
      invocationTimeout: { seconds: invocationTimeout },
      callbacks: scriptsOf(branches),
    });
    let compared = 0;
    try {
      model.run();
      await runner.run(undefined, timeout === 0 ? {} : { timeout: { seconds: timeout } });
      compare(model, runner);
      for (const next of commands) {
        compared += 1;
        await obey(next, model, runner);
        compare(model, runner);
      }
    } catch (error) {
      if (!(error instanceof Ambiguous)) throw error;
      fc.pre(compared > 0); // as far as the model can tell, it was right
    }
  },
  limitMs(0.5),
);

function handlerOf(branches: readonly Branch[]) {
  return withDurableExecution(async (_: unknown, context) =>
    Promise.all(branches.map((plan, index) => follow(plan, context, `b${index}`))),
  );
}

async function follow(
  { startsAfter, does }: Branch,
  context: DurableContext,
  name: string,
): Promise<string> {
  if (startsAfter > 0) await context.wait(`${name} starts`, { seconds: startsAfter });
  switch (does.kind) {
    case "wait":
      await context.wait(name, { seconds: does.seconds });
      return "waited";
    case "step": {
      const { initial, rate, max } = does.delay;
      const retryStrategy = createRetryStrategy({
        maxAttempts: does.maxAttempts,
        initialDelay: { seconds: initial },
        backoffRate: rate,
        maxDelay: { seconds: max },
        jitter: "NONE",
      });
      const body = async ({ attempt }: { readonly attempt: number }): Promise<string> => {
        const sleepMs = does.sleepMs[(attempt - 1) % does.sleepMs.length] ?? 0;
        if (sleepMs > 0) await new Promise((resolve) => setTimeout(resolve, sleepMs));
        if (attempt <= does.failures) throw new Error("not yet");
        return `attempt ${attempt}`;
      };
      return context.step(name, body, { retryStrategy }).catch(() => "failed");
    }
    case "callback": {
      const callback = await context.createCallback(name, {
        timeout: { seconds: does.timeout },
        heartbeatTimeout: { seconds: does.heartbeat },
      });
      if (does.waits === undefined) {
        const outcome = await callback.settled();
        if (outcome.status === "TIMED_OUT") return outcome.reason;
        return outcome.status === "SUCCEEDED" ? "success" : "failure";
      }
      let last = "gave up";
      for (const [round, timeout] of does.waits.entries()) {
        try {
          await context.waitForCallback(callback, {
            name: `${name} wait ${round}`,
            timeout: { seconds: timeout },
          });
          return "success";
        } catch (error) {
          const { code, reason } = error as { code?: string; reason?: string };
          if (code === "CALLBACK_FAILED") return "failure";
          last = reason === "wait" ? "gave up" : (reason ?? String(error));
        }
      }
      return last;
    }
  }
}

function scriptsOf(branches: readonly Branch[]): Record<string, Response> {
  return Object.fromEntries(
    branches.flatMap(({ does }, index) =>
      does.kind === "callback" && does.script !== undefined
        ? [[`b${index}`, responseOf(does.script)]]
        : [],
    ),
  );
}

function responseOf(moves: readonly Move[]): Response {
  const beats = moves.filter(({ kind }) => kind === "heartbeat");
  const last = moves[beats.length];
  const end =
    last === undefined
      ? respond.never()
      : (last.kind === "success"
          ? respond.success("x")
          : respond.failure({ ErrorType: "No" })
        ).after({ milliseconds: last.afterMs });
  if (beats.length === 0) return end;
  return respond
    .heartbeatEvery({ milliseconds: beats[0]!.afterMs })
    .times(beats.length)
    .thenRespond(end);
}

/** Gives both the same command. */
async function obey(next: Command, model: TimeModel, runner: DurableTestRunner): Promise<void> {
  switch (next.do) {
    case "advance":
      model.advanceTo(model.nowMs + next.ms);
      await runner.advance({ milliseconds: next.ms });
      return;
    case "advanceTo": {
      const target = new Date(runner.now.getTime() + next.ms);
      model.advanceTo(model.nowMs + next.ms);
      await runner.advanceTo(target);
      return;
    }
    case "complete":
      if (model.complete()) await runner.runToCompletion();
      else await expect(runner.runToCompletion()).rejects.toThrow(ExecutionStalledError);
      return;
    case "advanceUntil": {
      const name = `b${next.which}`;
      if (model.advanceUntil(name)) await runner.advanceUntil(name);
      else await expect(runner.advanceUntil(name)).rejects.toThrow(TargetNotReachedError);
      return;
    }
    case "success":
    case "failure":
    case "heartbeat": {
      const { open } = model;
      const name = open[next.which % Math.max(1, open.length)];
      if (name === undefined) return;
      model.send(name, next.do);
      const handle = runner.callback(name);
      if (next.do === "heartbeat") await handle.heartbeat();
      else if (next.do === "success") await handle.succeed("x");
      else await handle.fail({ ErrorType: "No" });
    }
  }
}

function compare(model: TimeModel, runner: DurableTestRunner): void {
  const { result, now } = runner;
  const start = result.startedAt.getTime();
  const open = [...result.pendingCallbacks].toSorted((a, b) => compareText(a.name, b.name));
  expect({
    now: now.getTime() - start,
    status: result.status,
    events: canonical(eventsOf(result)),
    outcomes: result.status === "SUCCEEDED" ? result.result : undefined,
    open: open.map(({ name, timeoutAt, heartbeatAt }) => [
      name,
      timeoutAt && timeoutAt.getTime() - start,
      heartbeatAt && heartbeatAt.getTime() - start,
    ]),
  }).toEqual({
    now: model.nowMs,
    status: model.status,
    events: canonical(model.events),
    outcomes: model.status === "SUCCEEDED" ? model.outcomes : undefined,
    open: model.open.map((name) => [name, ...model.deadlines(name)]),
  });
}

function eventsOf({ history, startedAt }: DurableResult<unknown>): readonly ModelEvent[] {
  const start = startedAt.getTime();
  const offset = (time: Date): number => new Date(time).getTime() - start;
  return history.map((event) => ({
    type:
      event.EventType === "InvocationCompleted"
        ? `InvocationCompleted since ${offset(event.InvocationCompletedDetails.StartTimestamp)}`
        : event.EventType,
    name: event.Name ?? "",
    atMs: offset(event.EventTimestamp),
  }));
}

/**
 * The order counts, except among what the handler does in one go: how it batches its checkpoints is its
 * own affair.
 */
function canonical(events: readonly ModelEvent[]): readonly string[] {
  const lines: string[] = [];
  let inOneGo: string[] = [];
  let at = 0;
  const close = (): void => {
    lines.push(...inOneGo.toSorted());
    inOneGo = [];
  };
  for (const { type, name, atMs } of events) {
    const line = `${atMs} ${type} ${name}`;
    const byHandler = /^(Step|Context|.*Started)/.test(type);
    if (!byHandler || atMs !== at) close();
    at = atMs;
    (byHandler ? inOneGo : lines).push(line);
  }
  close();
  return lines;
}

function compareText(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
