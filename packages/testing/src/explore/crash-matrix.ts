import type { DurableHandler } from "@durabletest/runtime";
import { CRASH_MATRIX, type CrashMatrix, type CrashMatrixRow } from "../crash-matrix.ts";
import { effectCounts } from "../effect.ts";
import type { Decider, DecisionPoint, Decisions } from "../engine/decided-choices.ts";
import { Engine } from "../engine/engine.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { operationNames } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import { checkHandler, checkOptions, type RunnerOptions } from "../options.ts";
import { crashTable, endOf, ENDS, NO_END } from "../print/crash-table.ts";
import { type DurableResult, takeResult } from "../result.ts";
import { toJson } from "../service/payload.ts";
import { checkMatrixOptions } from "./options.ts";
import { outcomeText } from "./outcome.ts";
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
 * @throws InvalidArgumentError when an option cannot be right; what an undisturbed execution fails with, when it does
 * not end.
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
  const run = async (decider: Decider): Promise<Engine> => {
    await beforeEach?.();
    const engine = new Engine(checked, settings);
    engine.decide(decider);
    engine.start(text, undefined);
    await engine.run(() => engine.isGoingOn);
    return engine;
  };
  const points = new Points();
  const calm = await run(points);
  const undisturbed = rowOf(calm, { point: "without a crash", at: "", invocation: 0 });
  const rows: CrashMatrixRow[] = [];
  for (const point of points.found) {
    const engine = await run(new One(point)).catch((error: unknown) => error);
    rows.push(
      engine instanceof Engine
        ? compared(rowOf(engine, point), undisturbed)
        : lost(undisturbed, point, engine),
    );
  }
  const matrix = { undisturbed, rows, format: () => crashTable(matrix) };
  Object.defineProperty(matrix, CRASH_MATRIX, { value: true });
  return matrix;
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
    if (point.kind === "checkpoint") {
      const { invocation, number } = point;
      const [at, place] = [updatesInWords(point), `checkpoint ${number}${executionOf(id)}`];
      this.found.push(
        { id, decided: "crash before", point: `before ${place}`, at, invocation },
        { id, decided: "crash after", point: `after ${place}`, at, invocation },
      );
    } else if (point.kind === "step") {
      const name = point.name === undefined ? "a step" : `step ${JSON.stringify(point.name)}`;
      const attempt = point.attempt === 1 ? "" : `, attempt ${point.attempt}`;
      this.found.push({
        id,
        decided: ["crash", "after"],
        point: `after the function of ${name}${attempt}`,
        at: "",
        invocation: point.invocation,
      });
    }
    return undefined;
  }
}

/** ` of payment/1a2b3c`, of an execution that was invoked. */
function executionOf(id: string): string {
  const name = id.slice("checkpoint".length, id.lastIndexOf("#")).trim();
  return name === "" ? "" : ` of ${name}`;
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
  const results = [...engine.executions.byArn.values()].map((execution) =>
    takeResult(engine.source(execution)),
  );
  const result = takeResult(engine.source());
  const { status, error } = result;
  return {
    point,
    at,
    invocation,
    status,
    output: result.result,
    error,
    runs: Object.fromEntries(results.flatMap(runsOf)),
    effects: results.flatMap(({ effects }) => effects),
    differences: [],
    result,
  };
}

function runsOf({ operations }: DurableResult<unknown>): readonly [string, number | undefined][] {
  const names = operationNames(operationTree(operations));
  return operations.flatMap((operation): [string, number | undefined][] =>
    operation.type === "STEP" ? [[names.address(operation), operation.runs]] : [],
  );
}

/** An execution with a crash that has no end. */
function lost(undisturbed: CrashMatrixRow, place: Place, thrown: unknown): CrashMatrixRow {
  const { point, at, invocation } = place;
  const [message = ""] = String(thrown).split("\n", 1);
  return {
    ...undisturbed,
    point,
    at,
    invocation,
    status: "PENDING",
    output: undefined,
    error: undefined,
    runs: {},
    effects: [],
    differences: [`${NO_END}${message}`],
  };
}

function compared(row: CrashMatrixRow, undisturbed: CrashMatrixRow): CrashMatrixRow {
  const differences: string[] = [];
  if (outcomeText(row.result) !== outcomeText(undisturbed.result)) {
    differences.push(`${ENDS}${endOf(row)}`);
  }
  for (const name of new Set([...Object.keys(row.runs), ...Object.keys(undisturbed.runs)])) {
    const [now, before] = [row.runs[name] ?? 0, undisturbed.runs[name] ?? 0];
    const isKnown = !(name in row.runs) || row.runs[name] !== undefined;
    if (now !== before && isKnown) differences.push(`step ${name} ran ${timesText(now)}`);
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
