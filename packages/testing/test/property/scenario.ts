import fc from "fast-check";
import {
  CallbackClosedError,
  type CallbackOperation,
  type CallbackScript,
  DurableTestRunner,
  type DurableResult,
  ExecutionStalledError,
  type Response,
  UnknownCallbackError,
} from "../../src/index.ts";
import { failureOf, responseOf } from "./answers.ts";
import { callbackPlans, functionsOf, handlerOf, type Observer, type Program } from "./program.ts";
import { everything, type Language, programs } from "./program-arbitrary.ts";

/** A random handler, and what a test does with it. */
export interface Scenario {
  readonly program: Program;
  readonly input: unknown;
  readonly seed: number;
  readonly timeSkipping: "auto" | "manual";
  /** Of the execution, in seconds. */
  readonly timeout: number | undefined;
  readonly commands: readonly Command[];
}

type Command =
  /** To one of the open callbacks. */
  | { readonly do: "succeed" | "fail" | "heartbeat"; readonly which: number }
  /** Two answers, the second while the first is being worked on. */
  | { readonly do: "both"; readonly which: number }
  /** To one that has ended, or never was. */
  | { readonly do: "late"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "complete" | "stop" };

/** What came of a scenario. */
export interface Outcome {
  readonly steps: readonly {
    readonly command: string;
    readonly status: string;
    readonly now: number;
  }[];
  /** What went on inside the steps. */
  readonly seen: readonly string[];
  readonly result: DurableResult<unknown>;
  /** Of the functions that were invoked, and of those that these invoked. */
  readonly invoked: readonly DurableResult<unknown>[];
  /** Callback ids, in the order in which their completions were accepted. */
  readonly accepted: readonly string[];
  /**
   * How often the body of each attempt began, where once is enough: in at-most-once steps; in others if
   * they do not wait, and no process exits.
   */
  readonly bodies: ReadonlyMap<string, number>;
  /** The callbacks that attempts of steps made, by their places. */
  readonly made: ReadonlyMap<string, ReadonlySet<string>>;
  /** Parts of the program that the handler was done with, in whichever invocation. */
  readonly reached: ReadonlySet<string>;
  /** What it wrote with its logger, once for each of them. */
  readonly logged: readonly string[];
}

/** Two scenarios with the same trace have gone the same way, to the byte. */
export const traceOf = ({ steps, seen, logged, result, invoked, accepted }: Outcome): string =>
  JSON.stringify({
    steps,
    seen,
    logged,
    histories: [result, ...invoked].map(({ history }) => history),
    accepted,
  });

const which = fc.nat(4);

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("succeed" as const, "fail" as const), which }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("both" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("late" as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("heartbeat" as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.oneof(
        fc.nat(10).map((seconds) => seconds * 1000),
        fc.nat(9999),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "complete" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "stop" as const }) },
);

export function scenarios(
  language: Language = { ...everything, invokes: true },
): fc.Arbitrary<Scenario> {
  return fc.record({
    program: programs(language),
    input: fc.constantFrom(undefined, 1, { order: "o-1" }),
    seed: fc.nat(1000),
    timeSkipping: fc.constantFrom("auto" as const, "manual" as const),
    timeout: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 6 }),
    commands: fc.array(anyCommand, { maxLength: 6 }),
  });
}

/** Scripts for the callbacks of a program that have an answer. */
export function scriptsOf(program: Program): Record<string, CallbackScript> {
  return Object.fromEntries(
    callbackPlans(program).flatMap(({ name, callback }): [string, CallbackScript][] => {
      if (callback.answer === undefined) return [];
      const response = responseOf(callback.answer, name);
      return [[name, callback.answersOnce ? once(response) : response]];
    }),
  );
}

/** A script for the first callback of its name. */
function once(response: Response): CallbackScript {
  let asked = 0;
  return () => (asked++ === 0 ? response : undefined);
}

/** Plays a scenario: its commands, and then whatever it takes to bring the execution to its end. */
export async function play(scenario: Scenario): Promise<Outcome> {
  return new Player(scenario).play();
}

/** More rounds than any program has callbacks. */
const ROUNDS = 300;

class Player {
  readonly #scenario: Scenario;
  readonly #runner: DurableTestRunner;
  readonly #steps: { command: string; status: string; now: number }[] = [];
  readonly #seen: string[] = [];
  readonly #accepted: string[] = [];
  readonly #bodies = new Map<string, number>();
  readonly #exits = new Set<string>();
  readonly #reached = new Set<string>();
  readonly #logged: string[] = [];
  readonly #made = new Map<string, Set<string>>();
  #now: number;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { program, seed, timeSkipping } = scenario;
    const observer = this.#observer();
    this.#runner = new DurableTestRunner(handlerOf(program, observer), {
      seed,
      timeSkipping,
      durableFunctions: functionsOf(program, observer),
      callbacks: scriptsOf(program),
    });
    this.#now = this.#runner.now.getTime();
  }

  async play(): Promise<Outcome> {
    const { input, timeout, commands } = this.#scenario;
    const runner = this.#runner;
    const options = timeout === undefined ? {} : { timeout: { seconds: timeout } };
    this.#note("run", await runner.run(input, options));
    for (const command of commands) await this.#obey(command);
    await this.#bringToItsEnd();
    return {
      steps: this.#steps,
      seen: this.#seen,
      result: runner.result,
      invoked: this.#invokedBy(runner.result),
      accepted: this.#accepted,
      bodies: this.#bodies,
      made: this.#made,
      reached: this.#reached,
      logged: this.#logged,
    };
  }

  #invokedBy({ operations }: DurableResult<unknown>): readonly DurableResult<unknown>[] {
    return operations.flatMap((operation) => {
      if (operation.type !== "CHAINED_INVOKE" || operation.executionArn === undefined) return [];
      const invoked = this.#runner.execution(operation.executionArn);
      return [invoked, ...this.#invokedBy(invoked)];
    });
  }

  async #obey(command: Command): Promise<void> {
    const runner = this.#runner;
    switch (command.do) {
      case "advance":
        this.#note("advance", await runner.advance({ milliseconds: command.ms }));
        return;
      case "complete":
        await this.#complete();
        return;
      case "stop":
        if (runnerIsPending(runner)) this.#note("stop", await runner.stop());
        return;
      case "late":
        await this.#sendLate(command.which);
        return;
      case "succeed":
      case "fail":
      case "heartbeat": {
        const callback = this.#open(command.which);
        if (callback !== undefined) await this.#send(callback, command.do);
        return;
      }
      case "both": {
        const first = this.#open(command.which);
        const second = this.#open(command.which + 1);
        if (first === undefined || second === undefined || first.id === second.id) return;
        await Promise.all([this.#send(first, "succeed"), this.#sendMeanwhile(second)]);
      }
    }
  }

  async #bringToItsEnd(): Promise<void> {
    for (let round = 0; runnerIsPending(this.#runner); round += 1) {
      if (round === ROUNDS) throw new Error("The execution does not end.");
      const callback = this.#open(0);
      if (callback === undefined || round % 3 === 2) await this.#complete();
      else await this.#send(callback, round % 2 === 0 ? "succeed" : "fail");
    }
  }

  /** Silence. It brings the execution to its end unless a callback could wait for ever. */
  async #complete(): Promise<void> {
    const runner = this.#runner;
    try {
      const result = await runner.runToCompletion();
      if (result.status === "PENDING") throw new Error("runToCompletion left it pending.");
      this.#note("complete", result);
    } catch (error) {
      if (!ExecutionStalledError.is(error)) throw error;
      const { pendingCallbacks } = runner.result;
      if (pendingCallbacks.length === 0) throw new Error("Stalled by nothing.", { cause: error });
      for (const { timeoutAt, heartbeatAt, id } of pendingCallbacks) {
        if (timeoutAt === undefined && heartbeatAt === undefined) continue;
        throw new Error(`Stalled, though ${id} has a deadline.`, { cause: error });
      }
      this.#note("complete: stalled", runner.result);
    }
  }

  async #send(callback: CallbackOperation, what: "succeed" | "fail" | "heartbeat"): Promise<void> {
    const runner = this.#runner;
    const { callbackId, id } = callback;
    const isOwn = runner.result.operations.some(
      (operation) => operation.type === "CALLBACK" && operation.callbackId === callbackId,
    );
    const { invocations: before } = runner.result;
    if (what === "heartbeat") {
      this.#note(what, await runner.sendCallbackHeartbeat(callbackId));
      return;
    }
    this.#accepted.push(callbackId);
    const result =
      what === "succeed"
        ? await runner.sendCallbackSuccess(callbackId, { by: "the test", to: id })
        : await runner.sendCallbackFailure(callbackId, failureOf(id));
    this.#note(what, result);
    // One that stands still learns of it in its next checkpoint.
    const stoodStill = before.at(-1)?.status === "RUNNING";
    const isInvoked = runner.result.invocations.length > before.length;
    if (isOwn && !stoodStill && !isInvoked && runnerIsPending(runner)) {
      throw new Error(`${id} was completed, and the handler was not invoked again.`);
    }
  }

  /** Applied at once: the call that is going on goes on by itself. */
  async #sendMeanwhile({ callbackId, id }: CallbackOperation): Promise<void> {
    this.#accepted.push(callbackId);
    const result = await this.#runner.sendCallbackFailure(callbackId, failureOf(id));
    this.#steps.push({ command: "meanwhile", status: result.status, now: this.#now });
  }

  /** Refused, and without any effect. */
  async #sendLate(index: number): Promise<void> {
    const runner = this.#runner;
    const before = JSON.stringify(runner.result);
    const ended = runner.result.operations.filter(
      (operation) => operation.type === "CALLBACK" && operation.endedAt !== undefined,
    ) as CallbackOperation[];
    const callbackId = ended[index % Math.max(1, ended.length)]?.callbackId ?? "bm9uZQ==";
    try {
      await runner.sendCallbackSuccess(callbackId, "late");
    } catch (error) {
      const isExpected =
        ended.length > 0 ? CallbackClosedError.is(error) : UnknownCallbackError.is(error);
      if (!isExpected) throw error;
      if (JSON.stringify(runner.result) === before) return;
      throw new Error("A refused completion has changed something.", { cause: error });
    }
    throw new Error("A late completion was accepted.");
  }

  #open(index: number): CallbackOperation | undefined {
    const open = this.#runner.result.pendingCallbacks;
    return open[index % Math.max(1, open.length)];
  }

  #note(command: string, result: DurableResult<unknown>): void {
    const { status, pendingCallbacks } = result;
    const now = this.#runner.now.getTime();
    if (now < this.#now) throw new Error(`The clock went back, from ${this.#now} to ${now}.`);
    this.#now = now;
    this.#steps.push({ command, status, now });
    if (status !== "PENDING" || pendingCallbacks.length > 0) return;
    const byItself = this.#scenario.timeSkipping === "auto" && !command.startsWith("advance");
    const isWaiting = result.operations.some(
      (operation) =>
        ((operation.type === "WAIT" || operation.type === "CHAINED_INVOKE") &&
          operation.endedAt === undefined) ||
        (operation.type === "STEP" && operation.nextAttemptAt !== undefined),
    );
    const standsStill = [result, ...this.#invokedBy(result)].some(
      ({ invocations }) => invocations.at(-1)?.status === "RUNNING",
    );
    if (byItself || !(isWaiting || standsStill)) {
      throw new Error(`After ${command} it is pending, though nothing holds it up.`);
    }
  }

  #observer(): Observer {
    return {
      bodyBegins: ({ step, attempt, waits, atMostOnce }) => {
        this.#seen.push(`${Date.now()} ${step} attempt ${attempt}`);
        const key = `${step} attempt ${attempt}`;
        const isOnce = atMostOnce || (!waits && this.#exits.size === 0);
        if (isOnce) this.#bodies.set(key, (this.#bodies.get(key) ?? 0) + 1);
      },
      made: (place, callbackId) => {
        const made = this.#made.get(place) ?? new Set();
        this.#made.set(place, made.add(callbackId));
      },
      saw: (what) => this.#seen.push(what),
      reaches: (part) => this.#reached.add(part),
      logs: (line) => this.#logged.push(line),
      exits: (place) => {
        if (this.#exits.has(place)) return false;
        this.#exits.add(place);
        return true;
      },
      answer: async (callbackId, succeeds) => {
        const runner = this.#runner;
        try {
          if (succeeds) await runner.sendCallbackSuccess(callbackId, "from inside");
          else await runner.sendCallbackFailure(callbackId, failureOf("inside"));
          this.#accepted.push(callbackId);
        } catch (error) {
          if (!CallbackClosedError.is(error)) throw error;
          this.#seen.push("closed");
        }
      },
    };
  }
}

function runnerIsPending(runner: DurableTestRunner): boolean {
  return runner.result.status === "PENDING";
}
