import type { DecisionPoint, WrittenMove } from "../engine/decided-choices.ts";
import type { DueThing } from "../engine/due.ts";
import { formatLength } from "../print/offset.ts";
import type { Decision } from "./deciders.ts";
import { deadlinesOf, type Possibility } from "./possibilities.ts";

const LONGEST_VALUE = 60;

/** A decision as a sentence: `callback "approval": answered {"approved":true}, 1 ms before its timeout`. */
export function inWords({ point, decided }: Decision): string {
  switch (point.kind) {
    case "callback":
      return `callback ${named(point.name)}: ${answerInWords(point, decided)}`;
    case "step":
      return `step ${named(point.name)}, attempt ${point.attempt}: ${attemptInWords(decided)}`;
    case "checkpoint":
      return `${fateInWords(decided)} checkpoint ${point.number} of the execution, in invocation ${point.invocation} (${updatesInWords(point)})`;
    case "tie": {
      const [first] = point.dues;
      const chosen = typeof decided === "number" ? point.dues[decided] : first;
      return `of things that are due at the same instant, ${dueInWords(chosen?.what)} comes before ${dueInWords(first?.what)}`;
    }
    case "chance":
      return `chance takes another course (${typeof decided === "number" ? decided : 0})`;
    case "next": {
      const [first] = point.functionNames;
      const chosen = typeof decided === "number" ? point.functionNames[decided] : first;
      return `"${chosen}" is invoked before "${first}"`;
    }
  }
}

type PointOf<Kind extends DecisionPoint["kind"]> = Extract<DecisionPoint, { readonly kind: Kind }>;

function answerInWords(point: PointOf<"callback">, decided: Possibility): string {
  if (typeof decided !== "object" || !("moves" in decided)) return "left to the test";
  const { moves, atOnce } = decided;
  if (moves.length === 0) return "no answer, ever";
  const total = moves.reduce((sum, move) => sum + delayOf(move), 0);
  const beats = moves.filter(([kind]) => kind === "heartbeat").length;
  const end = moves.find(([kind]) => kind !== "heartbeat");
  const heartbeats = beats === 0 ? [] : [beats === 1 ? "a heartbeat" : `${beats} heartbeats`];
  const when =
    atOnce === true ? "before the handler knows that it has begun" : whenInWords(point, total);
  const last = end === undefined ? "then silence" : `${moveInWords(end)}, ${when}`;
  return [...heartbeats, last].join(", ");
}

function moveInWords(move: WrittenMove): string {
  switch (move[0]) {
    case "success":
      return `answered ${shown(move[1])}`;
    case "raw":
      return `answered with the text ${shown(move[1])}`;
    case "nothing":
      return "answered, with nothing";
    case "failure":
      return `failed with ${move[1].ErrorType ?? "an error"}`;
    case "heartbeat":
      return "a heartbeat";
  }
}

function delayOf(move: WrittenMove): number {
  const last = move.at(-1);
  return typeof last === "number" ? last : 0;
}

/** Near a deadline, by that; else by the time that has passed. */
function whenInWords({ callback, now }: PointOf<"callback">, after: number): string {
  if (after === 0) return "at once";
  const at = now + after;
  const deadline = deadlinesOf(callback).find((time) => Math.abs(time - at) <= 1);
  if (deadline === undefined) return `after ${formatLength(after)}`;
  const which = deadline === callback.timeoutAt?.getTime() ? "timeout" : "heartbeat timeout";
  if (at === deadline) return `at the instant of its ${which}`;
  return `1 ms ${at < deadline ? "before" : "after"} its ${which}`;
}

function attemptInWords(decided: Possibility): string {
  if (!Array.isArray(decided)) return "as the handler says";
  const [kind, value, ms] = decided as readonly [string, unknown, unknown];
  const takes = (time: unknown): string =>
    typeof time === "number" && time > 0 ? `, after ${formatLength(time)}` : "";
  switch (kind) {
    case "run":
      return `takes ${formatLength(Number(value))}`;
    case "success":
      return `returns ${shown(value)}${takes(ms)}`;
    case "nothing":
      return `returns nothing${takes(value)}`;
    case "failure":
      return `throws ${shown(value)}${takes(ms)}`;
    case "crash":
      return value === "before"
        ? "the sandbox dies before its function is called"
        : "the sandbox dies after its function was called, before its outcome is recorded";
    default:
      return "never ends, until its invocation times out";
  }
}

function fateInWords(decided: Possibility): string {
  if (decided === "crash before") return "the sandbox dies before the service takes";
  if (decided === "crash after") return "the sandbox dies right after the service has taken";
  return "the service takes, and its answer is lost:";
}

export function updatesInWords({ updates }: Pick<PointOf<"checkpoint">, "updates">): string {
  const shownUpdates = updates
    .slice(0, 3)
    .map(({ Type, Name, Action }) =>
      [Action, Type.toLowerCase(), ...(Name === undefined ? [] : [JSON.stringify(Name)])].join(" "),
    );
  const left = updates.length - shownUpdates.length;
  return [...shownUpdates, ...(left === 0 ? [] : [`${left} more`])].join(", ") || "nothing new";
}

function dueInWords(what: DueThing | undefined): string {
  switch (what?.kind) {
    case "service":
      return `the ${what.timer.kind.replace("-", " ")} of ${what.timer.operationId.slice(0, 8)}`;
    case "script":
      return "an answer of the world";
    case "handler":
      return "a timer of the handler";
    case "function-timeout":
    case undefined:
      return "the timeout of the function";
  }
}

function named(name: string | undefined): string {
  return name === undefined ? "without a name" : JSON.stringify(name);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}
