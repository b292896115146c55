import { isEnded, type Operation } from "@durabletest/runtime/protocol";
import {
  HandlerRejectedError,
  HistoryTruncatedError,
  InvalidHandlerError,
  InvalidHistoryError,
  type RequestedOperation,
} from "../errors.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { CallSites } from "./call-sites.ts";
import { checkHistory, hasData, WITHOUT_DATA } from "./check-history.ts";
import { divergedError } from "./diverged.ts";
import { type DryRun, dryRun } from "./dry-run.ts";
import { type Divergence, Judge } from "./judge.ts";
import { checkFunctions, readHandler, readOptions, type ReplayOptions } from "./options.ts";
import { Ranges, rangesText } from "./ranges.ts";
import { readEvents } from "./read-history.ts";
import { isEndOfExecution, isRetry, isStart, type RecordedEvent } from "./recorded-event.ts";
import type { ReplayReport } from "./report.ts";
import { type Standing, standings } from "./standings.ts";

/**
 * Tells whether executions that are in flight survive a change of their handler: replays a recorded history
 * with the handler of today.
 *
 * An execution in flight may stand anywhere in its history when new code takes over. So the handler is given
 * the state as it was after each recorded event, and must ask for the operations that were recorded: with the
 * same id, type, subtype, name and parent. Nothing is run: no function of a step, no submitter, no check of a
 * condition, no invoked function. What the handler asks for after the recorded end is listed.
 *
 * Compatible changes pass: other code in a step, another step at the end, other variables. What was recorded
 * counts as it is: results are not made anew, and a wait is as long as it was.
 *
 * Works for handlers of our runtime and for unmodified ones of AWS's SDK, and between SDK versions: a history of
 * one, replayed by the same code on another, shows whether executions survive the upgrade.
 *
 * @param handler - the handler of today, or a promise of it: `import("../src/order.ts").then((m) => m.handler)`.
 * @param history - `result.history`; the same through JSON, as a value or as text; or what
 * GetDurableExecutionHistory answers with `IncludeExecutionData`: all pages in order, one page, or the events.
 * @throws ReplayDivergedError when the handler does something else than what was recorded.
 * @throws InvalidHistoryError when the history is none, or not whole.
 * @throws HistoryTruncatedError when payloads were cut off, and nothing else is wrong.
 * @throws InvalidHandlerError, HandlerRejectedError, FunctionNotRegisteredError, InvalidArgumentError
 *
 * Source: the Lambda API's GetDurableExecutionHistory.
 *
 * @example
 * ```ts
 * const history = JSON.parse(await readFile("histories/order-1.json", "utf8"));
 * const { next } = await replayHistory(handler, history);
 * ```
 */
export async function replayHistory(
  handler: AnyDurableLambdaHandler | PromiseLike<AnyDurableLambdaHandler>,
  history: string | object,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const { functions, truncated = "error", executionArn } = readOptions(options);
  const replayed = await readHandler(handler);
  const events = readEvents(history);
  checkHistory(events, "data");

  const replay = new Replay(replayed, events, executionArn);
  await replay.tryAll();
  const { untried } = replay;
  if (untried.length > 0 && truncated === "error") throw truncatedError(untried);
  const { report, invokes } = replay.outcome();
  checkFunctions(invokes, functions);
  return report;
}

/**
 * One replay of a history, standing by standing.
 *
 * Owns: what has been found so far.
 * Does not own: what a divergence is (`judge.ts`), how a handler is asked (`dry-run.ts`).
 */
class Replay {
  readonly #handler: AnyDurableLambdaHandler;
  readonly #events: readonly RecordedEvent[];
  readonly #executionArn: string | undefined;
  readonly #judge = new Judge();
  /** Operations that the handler does not ask for as they were recorded: no invocation that is told of one goes well. */
  readonly #diverged = new Set<string>();
  readonly #broken = new Ranges();
  /** Operations whose outcome is not known. */
  readonly #truncated: ReadonlySet<string>;
  readonly #untried = new Ranges();
  #first:
    | { readonly divergence: Divergence; readonly standing: number; readonly run: DryRun }
    | undefined;
  #prefixes = 0;
  #last: DryRun | undefined;
  /**
   * A history does not say which SDK it is of, so it is taken for one of the handler's own. A handler of our runtime
   * may need callbacks of a context that has closed, and runs its body again; one of AWS's SDK may wait for ever in a
   * body that runs again where a callback has timed out. Which of them it is, its first invocation tells, whatever has
   * been put around it.
   */
  readonly #recordedBy = { keepsCallbacks: false };

  constructor(
    handler: AnyDurableLambdaHandler,
    events: readonly RecordedEvent[],
    executionArn: string | undefined,
  ) {
    this.#handler = handler;
    this.#events = events;
    this.#executionArn = executionArn;
    this.#truncated = new Set(events.filter(isCutOff).map(({ operationId = "" }) => operationId));
  }

  /** @throws ReplayDivergedError, and what is wrong with the handler. */
  async tryAll(): Promise<void> {
    for (const standing of this.#standings()) await this.#visit(standing);
    await this.#throwDivergence();
  }

  #standings(): Iterable<Standing> {
    return standings(this.#events, this.#recordedBy, this.#executionArn);
  }

  async #visit(standing: Standing): Promise<void> {
    const { from, to, state, starts, at } = standing;
    const known = new Map(state.replayable);
    this.#last = undefined;
    if ([...this.#diverged].some((id) => known.has(id))) {
      this.#broken.add(from, to);
      return;
    }
    if (this.#isUnknown(known)) {
      this.#untried.add(from, to);
      return;
    }
    this.#prefixes += 1;
    const run = await dryRun(this.#handler, state, { at });
    this.#last = run;
    this.#recordedBy.keepsCallbacks ||= run.tellsAll;
    if (run.ranBodyOf !== undefined) throw ranBody(run.ranBodyOf.Name ?? run.ranBodyOf.Id);
    const divergence = this.#judge.divergence({ eventId: from, known, starts }, run);
    // That it asks for nothing is then no wonder.
    if (run.failure !== undefined && divergence?.requested === undefined) {
      throw rejected(run, from);
    }
    if (divergence === undefined) return;
    if (divergence.recorded !== undefined) this.#diverged.add(divergence.recorded.id);
    this.#broken.add(divergence.eventId, to);
    this.#first ??= { divergence, standing: from, run };
  }

  #isUnknown(known: ReadonlyMap<string, Operation>): boolean {
    if (this.#events[0]?.details.isTruncated === true) return true;
    for (const id of this.#truncated) {
      const operation = known.get(id);
      if (operation !== undefined && isEnded(operation.Status)) return true;
    }
    return false;
  }

  get untried(): ReturnType<Ranges["upTo"]> {
    return this.#untried.upTo(this.#lastPrefix);
  }

  /** The last event that an execution in flight can stand at. */
  get #lastPrefix(): number {
    const last = this.#events.at(-1);
    if (last === undefined) return 0;
    return isEndOfExecution(last) ? last.eventId - 1 : last.eventId;
  }

  async #throwDivergence(): Promise<void> {
    if (this.#first === undefined) return;
    const { divergence, standing, run } = this.#first;
    const isBare = !hasData(this.#events);
    if (isBare && failsWithout(divergence, run)) throw withoutData(run);
    const id = divergence.requested?.id;
    throw divergedError({
      divergence,
      events: this.#events,
      isBare,
      run,
      callSite: id === undefined ? undefined : await this.#callSite(id, standing),
      breaks: this.#broken.upTo(this.#lastPrefix),
    });
  }

  /** The handler is asked once more: to look for call sites takes long. */
  async #callSite(id: string, standing: number): Promise<string | undefined> {
    const sites = new CallSites();
    for (const { from, state, at } of this.#standings()) {
      if (from !== standing) continue;
      await dryRun(this.#handler, state, { at, sites });
      break;
    }
    return sites.get(id);
  }

  outcome(): { readonly report: ReplayReport; readonly invokes: readonly string[] } {
    const recorded = new Set(this.#events.filter(isStart).map(({ operationId }) => operationId));
    const run = this.#last;
    const isNew = ({ id }: RequestedOperation): boolean =>
      !recorded.has(id) && run?.started.has(id) === true;
    const next = [...(run?.requested.values() ?? [])].filter(isNew);
    const report = {
      events: this.#events.length,
      prefixes: this.#prefixes,
      next,
      status: run?.output?.Status,
      untried: this.untried,
    };
    return { report, invokes: next.flatMap(({ id }) => run?.invokes.get(id) ?? []) };
  }
}

function rejected({ failure, requested }: DryRun, from: number): Error {
  if (InvalidHandlerError.is(failure)) return failure;
  const what = failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  if (requested.size === 0 && from === 1) {
    return new InvalidHandlerError(
      `The handler rejects before it asks for anything: ${what} Is it wrapped with withDurableExecution? Something around it may fail, or need what only Lambda has.`,
      { cause: failure },
    );
  }
  return new HandlerRejectedError(
    `The handler's promise rejects when it is given the state after event ${from}: ${what} A durable handler answers even when it fails.`,
    { cause: failure },
  );
}

/** Whether the handler fails where it has asked for something, as one does that is not given what it was given then. */
function failsWithout({ recorded, requested }: Divergence, { output }: DryRun): boolean {
  return recorded !== undefined && requested === undefined && output?.Status === "FAILED";
}

function withoutData({ output }: DryRun): InvalidHistoryError {
  const { ErrorType = "Error", ErrorMessage = "" } =
    output?.Status === "FAILED" ? output.Error : {};
  return new InvalidHistoryError(
    `${WITHOUT_DATA} As it is, the handler fails with ${ErrorType}: ${ErrorMessage}`,
  );
}

/** The end of an operation of which the service has not kept all. */
function isCutOff(event: RecordedEvent): boolean {
  const { type, details } = event;
  const isEnd = !isStart(event) && !isRetry(event) && !isEndOfExecution(event);
  return (
    details.isTruncated && isEnd && type !== "InvocationCompleted" && type !== "ExecutionStarted"
  );
}

function truncatedError(untried: ReturnType<Ranges["upTo"]>): HistoryTruncatedError {
  return new HistoryTruncatedError(
    `The service has cut off payloads of the history (Truncated: true), and a handler cannot be given what is not there. Executions could not be tried that stand ${rangesText(untried)}; all others do what was recorded. With { truncated: "report" } that is no error. A history of an execution with smaller payloads says more.`,
    untried,
  );
}

/** An SDK that is not known here. */
function ranBody(name: string): InvalidHandlerError {
  return new InvalidHandlerError(
    `The function of step ${JSON.stringify(name)} was called by the replay: the handler's SDK is not one whose steps can be held back. Those of @durabletest/runtime can, and of @aws/durable-execution-sdk-js 1.1.7 to 2.4.0.`,
  );
}
