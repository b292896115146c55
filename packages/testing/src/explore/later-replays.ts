import type { DurableExecutionInvocationOutput } from "@durabletest/runtime/protocol";
import type { Execution } from "../engine/execution.ts";
import { operationView } from "../operation.ts";
import { labelOf } from "../operations/names.ts";
import { formatLength } from "../print/offset.ts";
import { type ReplayedEnd, replayEnd } from "../replay/replay-end.ts";
import {
  type ContextEnd,
  contextEnds,
  type Departure,
  departureBefore,
} from "../replay/replay-within.ts";
import { checksum } from "../schedule.ts";
import type { ExecutionRun } from "./execution-run.ts";
import { endKey } from "./outcome.ts";
import { type Random, randomOf } from "./random.ts";

/** So long after the end of an execution it is replayed: another hour of the day, another day, another month. */
const LATER_MS: readonly number[] = [3_723_456, 47_821_010, 8_640_000_123];

/** Besides, within a month. */
const LATEST_MS = 30 * 86_400_000;

/** So many executions that differ in times only are replayed, the first one at all of these times. */
const MOST = 40;

const OUTSIDE = "something outside its steps depends on the time, on chance or on the process";

/**
 * Replays what has ended at other times, and with other random numbers: as a whole, and as it stood before its contexts
 * ended.
 *
 * Owns: which histories have been replayed.
 */
export class LaterReplays {
  readonly #seed: number;
  readonly #replayed = new Set<string>();
  /** How many, by what they are replayed from. */
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** What handlers do otherwise than they did; the same history once, unless asked again. */
  async differenceOf(run: ExecutionRun, isAgain: boolean): Promise<string | undefined> {
    const { engine, historyKey: key } = run;
    const from = endKey(engine);
    const count = this.#counts.get(from) ?? 0;
    if (!isAgain && (count >= MOST || this.#replayed.has(key))) return undefined;
    this.#replayed.add(key);
    this.#counts.set(from, count + 1);
    // At the same time for the same history.
    const random = randomOf(this.#seed, checksum(key));
    const another = anyLaterMs(random);
    const isThorough = isAgain || count === 0;
    const times = isThorough ? [...LATER_MS, another] : [another];
    const now = engine.clock.now();
    for (const execution of engine.executions.byArn.values()) {
      const { status } = execution.state;
      if (status !== "SUCCEEDED" && status !== "FAILED") continue;
      const ends = contextEnds(execution);
      const one = ends.length === 0 ? [] : [random.pick(ends)];
      const chosen = isThorough ? [...one, ...ends.slice(0, 1), ...ends.slice(-1)] : one;
      const difference =
        (await differenceAtEnd(execution, now, times)) ??
        (await differenceWithin(execution, new Set(chosen), now, times));
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
}

/** As likely within the next hour as within the rest of the month, or on any day of it. */
function anyLaterMs(random: Random): number {
  if (random.chance(0.5)) return random.integer(1, LATEST_MS);
  return Math.floor(Math.exp(random.next() * Math.log(LATEST_MS)));
}

async function differenceAtEnd(
  execution: Execution,
  now: number,
  times: readonly number[],
): Promise<string | undefined> {
  for (const laterMs of times) {
    const replay = await replayEnd(execution, now + laterMs);
    const text = endText(replay, execution, laterMs);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function differenceWithin(
  execution: Execution,
  ends: Iterable<ContextEnd>,
  now: number,
  times: readonly number[],
): Promise<string | undefined> {
  for (const end of ends) {
    for (const laterMs of times) {
      const departure = await departureBefore(end, execution, now + laterMs);
      if (departure !== undefined) return departureText(departure, laterMs);
    }
  }
  return undefined;
}

function departureText(departure: Departure, laterMs: number): string {
  const when = `Replayed ${formatLength(laterMs)} later from where it stood before a context ended`;
  if ("message" in departure) return `${when}, the handler failed. ${departure.message}`;
  const { recorded, requested } = departure;
  const asked =
    requested === undefined
      ? `did not ask for ${labelOf(recorded)} again`
      : `asked for ${labelOf(requested)} where ${labelOf(recorded)} was recorded`;
  return `${when}, the handler ${asked}: ${OUTSIDE}.`;
}

/** Undefined: it ends as it did, as far as that can be told. */
function endText(
  replay: ReplayedEnd,
  { state }: Pick<Execution, "state">,
  laterMs: number,
): string | undefined {
  if (replay.kind === "open") return undefined;
  const when = `Replayed from all that was recorded, ${formatLength(laterMs)} later`;
  if (replay.kind === "forgot") {
    return `${when}, the handler did not ask for ${labelOf(operationView(replay.record))} again.`;
  }
  if (replay.kind === "asked") {
    const { type, name, subType } = replay.operation;
    return `${when}, the handler asked for something new: ${subType ?? type} ${JSON.stringify(name ?? "without a name")}.`;
  }
  const { Status } = replay.output;
  const now = endOf(replay.output);
  if (now === "") return undefined; // the result is elsewhere
  const before = state.status === "SUCCEEDED" ? state.result : state.error?.ErrorMessage;
  if (Status === state.status && before === now) return undefined;
  return `${when}, the handler came to another end: ${OUTSIDE}.\nFirst:    ${state.status} ${String(before)}\nReplayed: ${Status} ${String(now)}`;
}

function endOf(output: DurableExecutionInvocationOutput): string | undefined {
  if (output.Status === "SUCCEEDED") return output.Result;
  return output.Status === "FAILED" ? output.Error.ErrorMessage : undefined;
}
