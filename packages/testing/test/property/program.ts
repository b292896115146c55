import {
  type BatchConfig,
  type Callback,
  type CallbackConfig,
  type CallbackId,
  type CompletionConfig,
  createRetryStrategy,
  type DurableContext,
  type DurableHandler,
  type Serdes,
  type StandardSchemaV1,
  type StepContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { ServiceLimits } from "@durabletest/runtime/protocol";
import type { Answer } from "./answers.ts";

/**
 * Random handlers: a program is data, {@link handlerOf} makes a handler that follows it.
 *
 * Everything in a program is named by its path, so that a name tells which part of it an operation
 * belongs to, and a branch that is taken on one replay and not on another is seen.
 */
export type Program =
  | { readonly kind: "step"; readonly step: StepPlan }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "callback"; readonly callback: CallbackPlan; readonly ask: Asking }
  /** Waits once more for a callback that was made somewhere before. */
  | { readonly kind: "again"; readonly which: number; readonly ask: Asking }
  | { readonly kind: "submitter"; readonly callback: CallbackPlan; readonly step: StepPlan }
  /** Bulky: with a result too large to be stored, so that its body runs again on every replay. */
  | { readonly kind: "child"; readonly body: Program; readonly isBulky: boolean }
  | { readonly kind: "sequence"; readonly parts: readonly Program[] }
  | { readonly kind: Combinator; readonly parts: readonly Program[] }
  /** The same, by the context's own combinators. */
  | { readonly kind: "joined"; readonly how: Combinator; readonly parts: readonly Program[] }
  | { readonly kind: "batch"; readonly batch: BatchPlan; readonly parts: readonly Program[] }
  /** Checks until it has counted that far; `fails`: the last check throws. */
  | {
      readonly kind: "condition";
      readonly checks: number;
      readonly delaySeconds: number;
      readonly fails: boolean;
      readonly step: StepPlan;
    }
  /** Has another durable function run, which follows a program of its own. */
  | { readonly kind: "invoke"; readonly body: Program }
  | { readonly kind: "caught"; readonly part: Program }
  /** Started before something else, and waited for after it. */
  | { readonly kind: "meanwhile"; readonly part: Program; readonly other: Program }
  /** Started, and not waited for. */
  | { readonly kind: "detached"; readonly part: Program }
  | { readonly kind: "throw" }
  /** Plain awaits. */
  | { readonly kind: "ticks"; readonly count: number };

export type Combinator = "all" | "race" | "any" | "allSettled";

export interface BatchPlan {
  readonly operation: "map" | "parallel";
  readonly nesting: "NESTED" | "FLAT";
  /** 0: no limit. */
  readonly maxConcurrency: number;
  /** 0: not given. */
  readonly minSuccessful: number;
  /** -1: not given. */
  readonly toleratedFailures: number;
  /** Completes when that many have ended, by a function of its own; 0: not so. */
  readonly endsWith: number;
  readonly reading: "plain" | "slow";
  /** With a result too large to be stored, as soon as two items have succeeded. */
  readonly isBulky: boolean;
}

export interface CallbackPlan {
  /** Seconds; 0 is none. */
  readonly timeout: number;
  readonly heartbeatTimeout: number;
  /** What the script says to it; none: the test answers. */
  readonly answer: Answer | undefined;
  /** The script leaves all but the first callback of the name to the test. */
  readonly answersOnce: boolean;
  readonly reading: Reading;
}

/** How payloads are read: by JSON, by a serdes that takes its time, or through a picky schema that does. */
type Reading = "plain" | "slow" | "picky";

/** How a handler asks for the outcome of a callback. */
export type Asking =
  | { readonly how: "result" | "settled" }
  /** One wait after another, each with an own timeout (0: none), until one of them brings something. */
  | { readonly how: "by id"; readonly timeouts: readonly number[] };

export interface StepPlan {
  /** Attempts that fail. */
  readonly failures: number;
  readonly maxAttempts: number;
  readonly delaySeconds: number;
  readonly jitter: "NONE" | "HALF" | "FULL";
  readonly atMostOnce: boolean;
  readonly reading: Reading;
  readonly actions: readonly StepAction[];
}

export type StepAction =
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "draw" }
  | { readonly do: "callback"; readonly callback: CallbackPlan; readonly ask: Asking | undefined }
  | { readonly do: "again"; readonly which: number; readonly ask: Asking }
  /** The sandbox dies, the first time round. */
  | { readonly do: "exit" }
  /** The outside world answers a callback while the step that asked it is still running. */
  | { readonly do: "answer"; readonly which: number; readonly succeeds: boolean };

interface BodyStart {
  readonly step: string;
  readonly attempt: number;
  /** It may wait, and then begins anew in the same attempt. */
  readonly waits: boolean;
  readonly atMostOnce: boolean;
}

/** What a handler tells the outside world, past the history. */
export interface Observer {
  /** The body of a step begins. */
  bodyBegins(body: BodyStart): void;
  saw(what: string): void;
  /** The handler is done with a part of the program: now, or once more on a replay. */
  reaches(part: string): void;
  /** A line written with the context's logger. */
  logs(line: string): void;
  /** A callback was made, by the attempt of a step. */
  made(place: string, callbackId: string): void;
  /** Whether the process exits here: once in every place. */
  exits(place: string): boolean;
  /** Answers a callback at once, as a fake of an external system would. */
  answer(callbackId: string, succeeds: boolean): Promise<void>;
}

/** A callback, or the id of one that was made where its handle cannot come from. */
type Known = Callback<unknown> | CallbackId;
type Waiter = Pick<DurableContext, "waitForCallback"> | Pick<StepContext, "waitForCallback">;

/** A handler that follows a program. */
export function handlerOf(
  program: Program,
  observer: Observer,
  path = "p",
): DurableHandler<unknown, unknown> {
  const log = (line: unknown): void => observer.logs(String(line));
  return withDurableExecution(
    async (input: unknown, context) => {
      const value = await new Interpreter(observer).run(program, context, path);
      return { input, value };
    },
    { logger: { debug: log, info: log, warn: log, error: log } },
  );
}

/**
 * Follows a program in one context. A child context gets an interpreter of its own: once it has closed,
 * its body does not run again, and nothing but its result may come out of it.
 */
class Interpreter {
  readonly #observer: Observer;
  /** In the order in which this context got to know them. */
  readonly #callbacks: Known[];

  constructor(observer: Observer, callbacks: readonly Known[] = []) {
    this.#observer = observer;
    this.#callbacks = [...callbacks];
  }

  async run(program: Program, context: DurableContext, path: string): Promise<unknown> {
    const value = await this.#follow(program, context, path);
    this.#observer.reaches(path);
    context.logger.info(path);
    return value;
  }

  async #follow(program: Program, context: DurableContext, path: string): Promise<unknown> {
    switch (program.kind) {
      case "step":
        return this.#step(program.step, context, path);
      case "wait":
        return context.wait(path, { seconds: program.seconds });
      case "callback": {
        const callback = await context.createCallback<unknown>(path, configOf(program.callback));
        this.#callbacks.push(callback);
        return ask(callback, program.ask, context, path);
      }
      case "again": {
        const callback = pick(this.#callbacks, program.which);
        return callback === undefined ? "none" : ask(callback, program.ask, context, path);
      }
      case "submitter": {
        const known = [...this.#callbacks];
        const plan = { ...program.step, atMostOnce: false }; // a submitter cannot be
        return context.waitForCallback<unknown>(
          path,
          async (callbackId, step) => {
            await this.#body(plan, [callbackId, ...known], step, path);
          },
          { ...configOf(program.callback), retryStrategy: retryOf(program.step) },
        );
      }
      case "child":
        return this.#child(program, context, path);
      case "sequence": {
        const values: unknown[] = [];
        for (const [index, part] of program.parts.entries()) {
          values.push(await this.run(part, context, `${path}.${index}`));
        }
        return values;
      }
      case "all":
      case "race":
      case "any":
      case "allSettled":
        return this.#combine(program.kind, program.parts, context, path);
      case "joined":
        return this.#join(program.how, program.parts, context, path);
      case "batch":
        return this.#batch(program.batch, program.parts, context, path);
      case "condition": {
        const { step, checks, delaySeconds, fails } = program;
        const known = [...this.#callbacks];
        return context.waitForCondition<{ readonly count: number; readonly did: unknown }>(
          path,
          async ({ count }, running) => {
            const plan = { ...step, failures: 0, atMostOnce: false };
            const did = await this.#body(plan, known, running, path);
            if (fails && count + 1 === checks) throw new Error(`${path} failed its last check`);
            return { count: count + 1, did };
          },
          {
            initialState: { count: 0, did: [] },
            waitStrategy: ({ count }) =>
              count < checks
                ? { shouldContinue: true, delay: { seconds: delaySeconds } }
                : { shouldContinue: false },
            ...(step.reading === "slow" ? { serdes: slowSerdes as Serdes<never> } : {}),
          },
        );
      }
      case "invoke":
        return context.invoke(path, { from: path }, { name: path });
      case "caught":
        try {
          return await this.run(program.part, context, `${path}.0`);
        } catch (error) {
          return { caught: summaryOf(error) };
        }
      case "meanwhile": {
        const first = this.run(program.part, context, `${path}.0`);
        first.catch(() => {});
        const other = await this.run(program.other, context, `${path}.1`);
        return [await first, other];
      }
      case "detached":
        this.#detach(program.part, context, path);
        return undefined;
      case "throw":
        throw new Error(`thrown at ${path}`);
      case "ticks":
        await pause(program.count);
        return program.count;
    }
  }

  /**
   * Joins branches, and records which of them made the difference in a step whose name says it: if
   * another one wins on a replay, the execution fails as nondeterministic.
   */
  async #combine(
    kind: Combinator,
    parts: readonly Program[],
    context: DurableContext,
    path: string,
  ): Promise<unknown> {
    const branches = parts.map(async (part, index) => {
      try {
        return { index, value: await this.run(part, context, `${path}.${index}`) };
      } catch (error) {
        throw new BranchError(index, error);
      }
    });
    let decided: { readonly by: string; readonly value: unknown; readonly error?: unknown };
    try {
      const value = await join(kind, branches);
      decided = { by: Array.isArray(value) ? "everyone" : `${value.index}`, value };
    } catch (error) {
      const by = error instanceof BranchError ? `failure of ${error.index}` : "failure of all";
      decided = { by, value: undefined, error };
    }
    await context.step(`${path} decided by ${decided.by}`, () => decided.by);
    if ("error" in decided) throw decided.error;
    return decided.value;
  }

  /** As {@link #combine}, by the operation that remembers what came of it. */
  async #join(
    how: Combinator,
    parts: readonly Program[],
    context: DurableContext,
    path: string,
  ): Promise<unknown> {
    const branches = parts.map(async (part, index) => {
      await this.run(part, context, `${path}.${index}`);
      return index;
    });
    let decided: { readonly by: string; readonly error?: unknown };
    try {
      decided = { by: JSON.stringify(await joined(how, context, path, branches)) };
    } catch (error) {
      decided = { by: summaryOf(error), error };
    }
    await context.step(`${path} decided by ${decided.by}`.slice(0, 256), () => decided.by);
    if ("error" in decided) throw decided.error;
    return decided.by;
  }

  /** Records what came of a batch in the name of a step: it must be the same on every replay. */
  async #batch(
    plan: BatchPlan,
    parts: readonly Program[],
    context: DurableContext,
    path: string,
  ): Promise<unknown> {
    const outer = this.#callbacks.length;
    const item = async (child: DurableContext, part: Program, index: number) => {
      const inside = new Interpreter(this.#observer, this.#callbacks.slice(0, outer));
      const value = await inside.run(part, child, `${path}.${index}`);
      const ids = inside.#callbacks.slice(outer).map(idOf);
      return { value, ids, bulk: plan.isBulky ? HALF_BULK : "" };
    };
    const config: BatchConfig<Awaited<ReturnType<typeof item>>> = {
      ...(plan.maxConcurrency > 0 && { maxConcurrency: plan.maxConcurrency }),
      nesting: plan.nesting,
      completionConfig: completionOf(plan),
      ...(plan.reading === "slow" && { itemSerdes: slowSerdes as Serdes<never> }),
    };
    const batch =
      plan.operation === "map"
        ? await context.map(path, parts, item, config)
        : await context.parallel(
            path,
            parts.map((part, index) => (child: DurableContext) => item(child, part, index)),
            config,
          );
    const { completionReason, all } = batch;
    const outcomes = all.map(({ status, error }) =>
      error === undefined ? status[1] : error.message.length,
    );
    const seen = `${path} ${completionReason} ${outcomes.join(" ")}`;
    await context.step(seen.slice(0, 256), () => seen);
    this.#callbacks.push(...batch.getResults().flatMap(({ ids }) => ids));
    batch.throwIfError();
    return batch.getResults().map(({ value }) => value);
  }

  /** A bare operation where there is one: nobody so much as looks at its promise. */
  #detach(part: Program, context: DurableContext, path: string): void {
    const name = `${path}.0`;
    if (part.kind === "step") void this.#step(part.step, context, name);
    else if (part.kind === "wait") void context.wait(name, { seconds: part.seconds });
    else this.run(part, context, name).catch(() => {});
  }

  async #child(
    { body, isBulky }: Extract<Program, { kind: "child" }>,
    context: DurableContext,
    path: string,
  ): Promise<unknown> {
    const outer = this.#callbacks.length;
    const { value, ids } = await context.runInChildContext(path, async (child) => {
      const inside = new Interpreter(this.#observer, this.#callbacks);
      const returned = await inside.run(body, child, `${path}.0`);
      const made = inside.#callbacks.slice(outer).map(idOf);
      return { value: returned, ids: made, bulk: isBulky ? BULK : "" };
    });
    this.#callbacks.push(...ids);
    return value;
  }

  #step(plan: StepPlan, context: DurableContext, path: string): Promise<unknown> {
    const known = [...this.#callbacks];
    return context.step(path, (step) => this.#body(plan, known, step, path), {
      retryStrategy: retryOf(plan),
      semantics: plan.atMostOnce ? "AtMostOncePerRetry" : "AtLeastOncePerRetry",
      ...(plan.reading === "slow" ? { serdes: slowSerdes } : {}),
    });
  }

  async #body(
    plan: StepPlan,
    known: readonly Known[],
    step: StepContext,
    path: string,
  ): Promise<unknown> {
    const { atMostOnce } = plan;
    this.#observer.bodyBegins({
      step: path,
      attempt: step.attempt,
      waits: waits(plan),
      atMostOnce,
    });
    const values: unknown[] = [];
    for (const [index, action] of plan.actions.entries()) {
      values.push(await this.#act(action, known, step, `${path}/${index}`));
    }
    if (step.attempt <= plan.failures) throw new Error(`${path} failed attempt ${step.attempt}`);
    return values;
  }

  async #act(
    action: StepAction,
    known: readonly Known[],
    step: StepContext,
    path: string,
  ): Promise<unknown> {
    switch (action.do) {
      case "sleep": {
        const before = Date.now();
        await new Promise((resolve) => {
          setTimeout(resolve, action.ms);
        });
        return Date.now() - before;
      }
      case "draw": {
        const drawn = [Date.now(), Math.random(), crypto.randomUUID()];
        this.#observer.saw(`${path} ${drawn.join(" ")}`);
        return drawn;
      }
      case "callback": {
        const callback = await step.createCallback<unknown>(path, configOf(action.callback));
        this.#observer.made(`${path} attempt ${step.attempt}`, callback.callbackId);
        return action.ask === undefined ? "not asked" : ask(callback, action.ask, step, path);
      }
      case "again": {
        const callback = pick(known, action.which);
        return callback === undefined ? "none" : ask(callback, action.ask, step, path);
      }
      case "exit":
        if (this.#observer.exits(`${path} attempt ${step.attempt}`)) process.exit(1);
        return "still there";
      case "answer": {
        const callback = pick(known, action.which);
        if (callback !== undefined) {
          await this.#observer.answer(idOf(callback), action.succeeds);
        }
        return "answered";
      }
    }
  }
}

const idOf = (known: Known): CallbackId => (typeof known === "string" ? known : known.callbackId);

const pick = (known: readonly Known[], which: number): Known | undefined =>
  known[which % Math.max(1, known.length)];

/** Asks for the outcome of a callback in one of the ways there are. */
async function ask(known: Known, asking: Asking, waiter: Waiter, path: string): Promise<unknown> {
  if (asking.how === "by id") return askById(known, asking.timeouts, waiter, path);
  if (typeof known === "string") return waiter.waitForCallback(known);
  if (asking.how === "result") return (await known.result()) ?? "undefined";
  const outcome = await known.settled();
  return outcome.status === "FAILED" ? summaryOf(outcome.error) : outcome;
}

async function askById(
  known: Known,
  timeouts: readonly number[],
  waiter: Waiter,
  path: string,
): Promise<unknown> {
  let gaveUp: unknown;
  for (const [round, timeout] of timeouts.entries()) {
    try {
      return await waiter.waitForCallback(
        round % 2 === 0 ? known : idOf(known),
        timeout === 0 ? {} : { name: `${path} wait ${round}`, timeout: { seconds: timeout } },
      );
    } catch (error) {
      gaveUp = error;
    }
  }
  throw gaveUp;
}

type Branch = Promise<{ readonly index: number; readonly value: unknown }>;

function join(kind: Combinator, branches: readonly Branch[]): Promise<Awaited<Branch> | unknown[]> {
  switch (kind) {
    case "all":
      return Promise.all(branches);
    case "race":
      return Promise.race(branches);
    case "any":
      return Promise.any(branches);
    case "allSettled":
      return Promise.allSettled(branches).then((outcomes) =>
        outcomes.map((outcome) =>
          outcome.status === "fulfilled" ? outcome.value : summaryOf(outcome.reason),
        ),
      );
  }
}

/** Which branches there were, or which one made the difference. */
async function joined(
  how: Combinator,
  { promise }: DurableContext,
  name: string,
  branches: readonly Promise<number>[],
): Promise<unknown> {
  switch (how) {
    case "all":
      return promise.all(name, branches);
    case "race":
      return promise.race(name, branches);
    case "any":
      return promise.any(name, branches);
    case "allSettled": {
      const outcomes = await promise.allSettled(name, branches);
      return outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? outcome.value : summaryOf(outcome.reason).length,
      );
    }
  }
}

function completionOf(plan: BatchPlan): CompletionConfig {
  const { minSuccessful, toleratedFailures, endsWith } = plan;
  if (endsWith > 0) {
    return {
      shouldComplete: ({ completedCount, failureCount }) =>
        completedCount >= endsWith
          ? { complete: true, outcome: failureCount > 0 ? "SUCCEEDED" : "FAILED" }
          : { complete: false },
    };
  }
  return {
    ...(minSuccessful > 0 && { minSuccessful }),
    ...(toleratedFailures >= 0 && { toleratedFailureCount: toleratedFailures }),
  };
}

class BranchError extends Error {
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(`branch ${index}: ${summaryOf(cause)}`, { cause });
    this.index = index;
  }
}

function configOf({ timeout, heartbeatTimeout, reading }: CallbackPlan): CallbackConfig<unknown> {
  return {
    timeout: { seconds: timeout },
    heartbeatTimeout: { seconds: heartbeatTimeout },
    ...(reading === "slow" ? { serdes: slowSerdes } : {}),
    ...(reading === "picky" ? { schema: pickySchema } : {}),
  };
}

async function pause(ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
}

const slowSerdes: Serdes<unknown> = {
  serialize: async (value) => {
    await pause(7);
    return JSON.stringify(value);
  },
  deserialize: async (text) => {
    await pause(7);
    return JSON.parse(text) as unknown;
  },
};

/** Takes texts only: what scripts answer, and not what tests do. */
const pickySchema: StandardSchemaV1<unknown, unknown> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: async (value) => {
      await pause(5);
      return typeof value === "string" ? { value } : { issues: [{ message: "no text" }] };
    },
  },
};

/** More than an operation may hold. */
const BULK = "x".repeat(ServiceLimits.payloadBytes);
const HALF_BULK = "x".repeat(ServiceLimits.payloadBytes / 2);

function retryOf({ maxAttempts, delaySeconds, jitter }: StepPlan) {
  return createRetryStrategy({
    maxAttempts,
    initialDelay: { seconds: delaySeconds },
    jitter,
  });
}

/** Whether the body of a step may wait, and therefore begin more than once in an attempt. */
function waits({ actions }: StepPlan): boolean {
  return actions.some(
    (action) => action.do === "again" || (action.do === "callback" && action.ask !== undefined),
  );
}

function summaryOf(error: unknown): string {
  if (error instanceof AggregateError) return `all of ${error.errors.map(summaryOf).join(", ")}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Every callback a program can make, with the name that scripts know it by. */
export function callbackPlans(
  program: Program,
): readonly { readonly name: string; readonly callback: CallbackPlan }[] {
  const inStep = (plan: StepPlan, name: string) =>
    plan.actions.flatMap((action, index) =>
      action.do === "callback" ? [{ name: `${name}/${index}`, callback: action.callback }] : [],
    );
  return partsOf(program).flatMap(({ part, path }) => {
    const own = "callback" in part ? [{ name: path, callback: part.callback }] : [];
    return "step" in part ? [...own, ...inStep(part.step, path)] : own;
  });
}

/** The functions that a program invokes, by name. */
export function functionsOf(
  program: Program,
  observer: Observer,
): Record<string, DurableHandler<unknown, unknown>> {
  return Object.fromEntries(
    partsOf(program).flatMap(({ part, path }) =>
      part.kind === "invoke" ? [[path, handlerOf(part.body, observer, `${path}.0`)]] : [],
    ),
  );
}

/** All parts of a program with their paths, itself first. */
function partsOf(
  program: Program,
  path = "p",
): readonly { readonly part: Program; readonly path: string }[] {
  const inside = (parts: readonly Program[]) =>
    parts.flatMap((part, index) => partsOf(part, `${path}.${index}`));
  const itself = { part: program, path };
  switch (program.kind) {
    case "sequence":
    case "all":
    case "race":
    case "any":
    case "allSettled":
    case "joined":
    case "batch":
      return [itself, ...inside(program.parts)];
    case "child":
    case "invoke":
      return [itself, ...inside([program.body])];
    case "meanwhile":
      return [itself, ...inside([program.part, program.other])];
    case "caught":
    case "detached":
      return [itself, ...inside([program.part])];
    case "step":
    case "callback":
    case "submitter":
    case "condition":
    case "wait":
    case "again":
    case "throw":
    case "ticks":
      return [itself];
  }
}
