import type { DurableHandler } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import { CRASH_MATRIX, type CrashMatrix, type CrashMatrixRow } from "../crash-matrix.ts";
import { effectCounts } from "../effect.ts";
import type { Decider, DecisionPoint, Decisions } from "../engine/decided-choices.ts";
import { Engine } from "../engine/engine.ts";
import { stalledError, unusedScriptsError } from "../engine/standing-errors.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { checkHandler, checkOptions, type RunnerOptions, type RunnerSettings } from "../options.ts";
import { crashTable, endOf, ENDS, NO_END } from "../print/crash-table.ts";
import { withTimeline } from "../print/timeline-section.ts";
import { takeResult } from "../result.ts";
import { toJson } from "../service/payload.ts";
import { checkMatrixOptions } from "./options.ts";
import { outcomeText } from "./outcome.ts";
import { stepRuns } from "./step-runs.ts";
import { updatesInWords } from "./words.ts";

/** The execution that is run again and again. */
export interface CrashMatrixOptions<Input = unknown> extends Pick<
  RunnerOptions,
  | "callbacks"
  | "steps"
  | "functions"
  | "durableFunctions"
  | "startTime"
  | "seed"
  | "invocationTimeout"
  | "limits"
> {
  readonly input?: Input;
  /** Called before each execution, in the test: where fakes are reset. */
  readonly beforeEach?: (() => void | Promise<void>) | undefined;
}

/** One place where a sandbox may die. */
interface CrashPoint {
  readonly id: string;
  readonly decided: "crash before" | "crash after" | readonly ["crash", "after"];
  readonly point: string;
  readonly at: string;
  readonly invocation: number;
}

/**
 * Runs a scripted execution once without a crash, and then once for every point where its sandbox could die: before
 * and after each checkpoint, and after the function of each step, before what it came to is recorded. Invoked durable
 * functions are included. A step that is scripted does what its script says there, too, and the same once more where
 * its attempt is made again.
 *
 * @throws InvalidArgumentError when an option cannot be right. ExecutionStalledError when the execution does not end
 * without a crash, because nobody answers; or what the harness has to say otherwise, that the handler is stuck, or goes
 * on for ever. UnusedScriptsError when no execution has asked for a script, with a crash or without.
 *
 * @example
 * ```ts
 * const matrix = await crashMatrix(handler, {
 *   input: { orderId: "o-1" },
 *   callbacks: { approval: respond.success({ approved: true }) },
 * });
 * expect(matrix).toBeCrashSafe();
 * expect(matrix).toHaveEffectAtMostOnce("charge");
 * expect(matrix).toMatchSnapshot(); // the table, to be read in reviews
 * ```
 */
export async function crashMatrix<Input, Output>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: CrashMatrixOptions<Input> = {},
): Promise<CrashMatrix> {
  const checked = checkHandler(handler);
  const { input, beforeEach, ...runnerOptions } = checkMatrixOptions(options);
  const settings = checkOptions(runnerOptions);
  const text = toJson(input, "The input of crashMatrix");
  const run = async (decider: Decider, limits: Partial<RunnerSettings> = {}): Promise<Run> => {
    await beforeEach?.();
    const engine = new Engine(checked, { ...settings, ...limits });
    engine.decide(decider);
    engine.start(text, undefined);
    const going = engine.run(() => engine.isGoingOn);
    return { engine, error: await going.then(nothing, asError) };
  };
  const points = new Points();
  const calm = await run(points);
  assertEnded(calm);
  const undisturbed = rowOf(calm.engine, { point: "without a crash", at: "", invocation: 0 });
  const unused = new UnusedScripts(calm.engine);
  const limits = limitsAfter(calm.engine);
  const rows: CrashMatrixRow[] = [];
  for (const point of points.found) {
    const disturbed = await run(new One(point), limits);
    unused.lookAt(disturbed.engine);
    rows.push(compared(rowOf(disturbed.engine, point), undisturbed, disturbed.error));
  }
  unused.assertNone();
  const matrix = { undisturbed, rows, format: () => crashTable(matrix) };
  Object.defineProperty(matrix, CRASH_MATRIX, { value: true });
  return matrix;
}

/** One execution that was run as far as it goes. */
interface Run {
  readonly engine: Engine;
  /** What the harness has to say: the handler is stuck, or goes on for ever. */
  readonly error: Error | undefined;
}

/**
 * A crash changes nothing where nothing comes to an end.
 *
 * @throws ExecutionStalledError, or what the harness had to say
 */
function assertEnded({ engine, error }: Run): void {
  if (error !== undefined) throw error;
  if (engine.ended) return;
  const result = takeResult(engine.source());
  const advice =
    "Script what it waits for (callbacks: { name: respond.success(…) }), or give it a timeout.";
  throw withTimeline(stalledError(engine, result, advice), result);
}

/** How much more than without a crash is taken for going on for ever; and less than that never is. */
const SO_MUCH_MORE = 10;
const LEAST_LIMIT = 1000;

/** All rows are kept, with all that happened in them: a loop without end is to be found soon. */
function limitsAfter({ executions }: Engine): Partial<RunnerSettings> {
  const all = [...executions.byArn.values()];
  const limit = (count: number): number => Math.max(LEAST_LIMIT, SO_MUCH_MORE * count);
  return {
    maxInvocations: limit(sum(all.map(({ invocations }) => invocations.length))),
    maxOperations: limit(sum(all.map(({ state }) => state.operations.size))),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function nothing(): undefined {
  return undefined;
}

/**
 * Scripts that no execution has asked for.
 *
 * Owns: which they are, of the executions looked at.
 */
class UnusedScripts {
  readonly #undisturbed: Engine;
  #callbacks: readonly string[];
  #steps: readonly string[];

  constructor(undisturbed: Engine) {
    this.#undisturbed = undisturbed;
    this.#callbacks = undisturbed.scripts.unused;
    this.#steps = undisturbed.stepScripts.unused;
  }

  lookAt({ scripts, stepScripts }: Engine): void {
    this.#callbacks = this.#callbacks.filter((name) => scripts.unused.includes(name));
    this.#steps = this.#steps.filter((name) => stepScripts.unused.includes(name));
  }

  /** @throws UnusedScriptsError */
  assertNone(): void {
    if (this.#callbacks.length + this.#steps.length === 0) return;
    const unusedScripts = { callbacks: this.#callbacks, steps: this.#steps };
    const result = takeResult({ ...this.#undisturbed.source(), unusedScripts });
    throw withTimeline(unusedScriptsError(result), result);
  }
}

/** Decides nothing, and notes where a sandbox may die. */
class Points implements Decider {
  readonly unasked: readonly string[] = [];
  readonly found: CrashPoint[] = [];

  decide<Kind extends keyof Decisions>(
    point: Extract<DecisionPoint, { readonly kind: Kind }>,
  ): undefined;
  decide(point: DecisionPoint): undefined {
    const { id } = point;
    if (point.kind !== "checkpoint" && point.kind !== "step") return undefined;
    const of = point.invoked === undefined ? "" : ` of ${point.invoked}`;
    if (point.kind === "checkpoint") {
      const { invocation, number } = point;
      const [at, place] = [updatesInWords(point), `checkpoint ${number}${of}`];
      this.found.push(
        { id, decided: "crash before", point: `before ${place}`, at, invocation },
        { id, decided: "crash after", point: `after ${place}`, at, invocation },
      );
    } else {
      const name = point.name === undefined ? "a step" : `step ${JSON.stringify(point.name)}`;
      const attempt = point.attempt === 1 ? "" : `, attempt ${point.attempt}`;
      this.found.push({
        id,
        decided: ["crash", "after"],
        point: `after the function of ${name}${attempt}${of}`,
        at: "",
        invocation: point.invocation,
      });
    }
    return undefined;
  }
}

/** Has a sandbox die at one point. */
class One implements Decider {
  readonly unasked: readonly string[] = [];
  readonly #point: CrashPoint;

  constructor(point: CrashPoint) {
    this.#point = point;
  }

  decide<Kind extends keyof Decisions>({
    id,
  }: Extract<DecisionPoint, { readonly kind: Kind }>): Decisions[Kind] | undefined {
    return id === this.#point.id ? (this.#point.decided as Decisions[Kind]) : undefined;
  }
}

type Place = Pick<CrashMatrixRow, "point" | "at" | "invocation">;

function rowOf(engine: Engine, { point, at, invocation }: Place): CrashMatrixRow {
  const executions = [...engine.executions.byArn.values()].map((execution) => ({
    execution,
    seen: takeResult(engine.source(execution)),
  }));
  const result = takeResult(engine.source());
  const { status, error } = result;
  return {
    point,
    at,
    invocation,
    status,
    output: result.result,
    error,
    runs: stepRuns(executions),
    effects: executions.flatMap(({ seen }) => seen.effects),
    differences: [],
    result,
  };
}

/** @param error - why it has no end. */
function compared(
  row: CrashMatrixRow,
  undisturbed: CrashMatrixRow,
  error: Error | undefined,
): CrashMatrixRow {
  const differences: string[] = [];
  if (error !== undefined) {
    const [message = ""] = String(error).split("\n", 1);
    differences.push(`${NO_END}${message}`);
  } else if (outcomeText(row.result) !== outcomeText(undisturbed.result)) {
    differences.push(`${ENDS}${endOf(row)}`);
  }
  for (const name of new Set([...Object.keys(row.runs), ...Object.keys(undisturbed.runs)])) {
    const [now, before] = [row, undisturbed].map(({ runs }) => (name in runs ? runs[name] : 0));
    const isKnown = now !== undefined && before !== undefined;
    if (isKnown && now !== before) differences.push(`step ${name} ran ${timesText(now)}`);
  }
  const [counts, countsBefore] = [effectCounts(row.effects), effectCounts(undisturbed.effects)];
  for (const effect of new Set([...counts.keys(), ...countsBefore.keys()])) {
    const count = counts.get(effect) ?? 0;
    if (count !== countsBefore.get(effect))
      differences.push(`effect ${effect} ${timesText(count)}`);
  }
  return { ...row, differences };
}

function timesText(count: number): string {
  if (count === 0) return "not at all";
  return count === 1 ? "once" : `${count} times`;
}
