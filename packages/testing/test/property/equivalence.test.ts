import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { DurableTestRunner, type DurableResult, ExecutionStalledError } from "../../src/index.ts";
import { failureOf, payloadOf } from "./answers.ts";
import { handlerOf, type Observer } from "./program.ts";
import { everything, type Language, programs } from "./program-arbitrary.ts";
import { scriptsOf } from "./scenario.ts";
import { limitMs, parameters } from "./settings.ts";

/** Different ways to let the same things happen at the same times. They must leave the same history. */

const scripted: Language = { ...everything, unscripted: "never" };

/** What goes on inside steps, where the outside world can see it. */
function observer(): { readonly seen: string[]; readonly observer: Observer } {
  const seen: string[] = [];
  const exits = new Set<string>();
  return {
    seen,
    observer: {
      exits: (place) => exits.size < exits.add(place).size,
      bodyBegins: ({ step, attempt }) => seen.push(`${Date.now()} ${step} ${attempt}`),
      saw: (what) => seen.push(what),
      reaches: () => {},
      logs: () => {},
      made: () => {},
      answer: async () => {},
    },
  };
}

const endOf = ({ elapsedMs, startedAt }: DurableResult<unknown>): number =>
  startedAt.getTime() + elapsedMs;

const timeouts = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 4 });
const lengths = fc.array(fc.integer({ min: 1, max: 7000 }), { minLength: 1, maxLength: 5 });

test.prop([programs(scripted), timeouts, lengths], parameters(0.25))(
  "a scripted execution goes the same way by itself, in silence, and in steps of any length",
  async (program, timeout, stepsMs) => {
    const start = async (timeSkipping: "auto" | "manual") => {
      const { seen, observer: observes } = observer();
      const runner = new DurableTestRunner(handlerOf(program, observes), {
        timeSkipping,
        callbacks: scriptsOf(program),
      });
      await runner.run({}, timeout === undefined ? {} : { timeout: { seconds: timeout } });
      return { runner, seen };
    };
    const auto = await start("auto");
    const expected = [auto.runner.result.history, auto.seen];

    const silent = await start("manual");
    // Scripted answers happen by themselves there, and may leave behind what is due with them.
    const timers = timersOf(auto.runner.result);
    fc.pre(silent.runner.result.world.every(({ at }) => !timers.includes(at.getTime())));
    await silence(silent.runner);
    expect([silent.runner.result.history, silent.seen]).toEqual(expected);

    const stepwise = await start("manual");
    const end = endOf(auto.runner.result);
    for (let step = 0; stepwise.runner.now.getTime() < end; step += 1) {
      await stepwise.runner.advance({ milliseconds: stepsMs[step % stepsMs.length]! });
    }
    await stepwise.runner.advance({ milliseconds: 0 });
    expect([stepwise.runner.result.history, stepwise.seen]).toEqual(expected);
  },
  limitMs(0.75),
);

/** An invocation that takes time is not cut: the test would come too late for its moment. */
const instant: Language = { ...scripted, sleeps: false, answersInside: false, delays: "odd" };

test.prop([programs(instant)], parameters(0.25))(
  "an answer that the test sends does what a script's would have done at that moment",
  async (program) => {
    const expected = new DurableTestRunner(handlerOf(program, observer().observer), {
      callbacks: scriptsOf(program),
    });
    await expected.run({});
    fc.pre(noTwoThingsAtOnce(expected.result));

    const actual = new DurableTestRunner(handlerOf(program, observer().observer), {
      timeSkipping: "manual",
    });
    await actual.run({});
    await repeatTheWorld(expected.result, actual);
    expect(actual.result.history).toEqual(expected.result.history);
    expect(actual.result.status).toBe(expected.result.status);
  },
  limitMs(0.5),
);

test.prop([programs(instant)], parameters(0.1))(
  "an execution that is replayed after every checkpoint comes to the same, and calls the same functions",
  async (program) => {
    const come = async (replay: "suspension" | "checkpoint") => {
      const { seen, observer: observes } = observer();
      const runner = new DurableTestRunner(handlerOf(program, observes), {
        replay,
        callbacks: scriptsOf(program),
      });
      await runner.run({});
      await silence(runner);
      const { status, result, error, elapsedMs } = runner.result;
      return { status, result, error: error?.ErrorMessage, elapsedMs, seen: seen.toSorted() };
    };
    expect(await come("checkpoint")).toEqual(await come("suspension"));
  },
  limitMs(0.5),
);

async function silence(runner: DurableTestRunner): Promise<void> {
  try {
    await runner.runToCompletion();
  } catch (error) {
    if (!ExecutionStalledError.is(error)) throw error;
  }
}

async function repeatTheWorld(
  { world }: DurableResult<unknown>,
  runner: DurableTestRunner,
): Promise<void> {
  for (const { at, kind, callbackId, callbackName, ignored } of world) {
    if (ignored) continue;
    await runner.advanceTo(at);
    const name = callbackName ?? "";
    if (kind === "heartbeat") await runner.sendCallbackHeartbeat(callbackId);
    else if (kind === "success") await runner.sendCallbackSuccess(callbackId, payloadOf(name));
    else await runner.sendCallbackFailure(callbackId, failureOf(name));
  }
  await silence(runner);
}

/** Things due at one instant happen before one invocation; a test's answer has one of its own. */
function noTwoThingsAtOnce(result: DurableResult<unknown>): boolean {
  const answers = result.world.filter(({ ignored }) => !ignored).map(({ at }) => at.getTime());
  const timers = timersOf(result);
  return (
    new Set(answers).size === answers.length && answers.every((answer) => !timers.includes(answer))
  );
}

/** When timers of the service came due. */
function timersOf({ history }: DurableResult<unknown>): readonly number[] {
  return history.flatMap((event): number[] => {
    const at = new Date(event.EventTimestamp).getTime();
    const { EventType } = event;
    if (EventType === "WaitSucceeded" || EventType === "CallbackTimedOut") return [at];
    const details =
      event.EventType === "StepFailed"
        ? event.StepFailedDetails
        : event.EventType === "StepSucceeded"
          ? event.StepSucceededDetails
          : undefined;
    const delaySeconds = details?.RetryDetails?.NextAttemptDelaySeconds;
    return delaySeconds === undefined ? [] : [at + delaySeconds * 1000];
  });
}
