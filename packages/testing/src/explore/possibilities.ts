import { type ErrorObject, InvalidArgumentError } from "@durabletest/runtime";
import type {
  DecisionPoint,
  Decisions,
  WrittenAnswer,
  WrittenAttempt,
  WrittenMove,
} from "../engine/decided-choices.ts";
import { pathText } from "../input/schema.ts";
import type { CallbackOperation } from "../operation.ts";
import { attemptOf, movesOf, type Response, type ScriptedMove } from "../script.ts";
import type { Besides } from "./besides.ts";
import type { Random } from "./random.ts";

/** Says what may be answered to a callback; is told where it was given: `callbacks.approval`. */
export type AnswersOf = (callback: CallbackOperation, where: string) => readonly Response[];

/** What the world and the steps may do. */
export interface World {
  readonly callbacks: ReadonlyMap<string, readonly Response[] | AnswersOf>;
  readonly steps: ReadonlyMap<string, readonly Response[]>;
  /** Virtual epoch milliseconds. */
  readonly startTime: number;
  /** In milliseconds; only where a test has set it. */
  readonly invocationTimeoutMs: number | undefined;
  /** When something happened in executions so far, in milliseconds since their start: what matters happens around then. */
  readonly moments: Set<number>;
  readonly besides: Besides;
  /** What has come up so far: `callbacks.approval`, `steps.charge`. */
  readonly asked: Set<string>;
  /** Of the callbacks and steps there have been so far. */
  readonly names: { readonly callbacks: Set<string>; readonly steps: Set<string> };
}

/** What could be decided at a point; undefined: what is usual. */
export type Possibility = Decisions[keyof Decisions] | undefined;

/** How much may still go wrong in an execution. */
export interface Budget {
  readonly mayCrash: boolean;
}

type PointOf<Kind extends keyof Decisions> = Extract<DecisionPoint, { readonly kind: Kind }>;

/** How many of the things that are due besides are looked at. */
const NEIGHBOURS = 3;
/** How long attempts take, in milliseconds, where that is all that matters: who comes first. */
const SHORT_MS = 8;
/** No attempt takes longer: it would never come to its end. */
const LONGEST_INVOCATION_MS = 900_000;
const COURSES_OF_CHANCE = 9999;
/** How far the world looks ahead where there is no deadline. */
const HORIZON_MS = 86_400_000;

/** Notes what there is, and what of it somebody has said something about. */
export function comesUp(point: DecisionPoint, world: World): void {
  if (point.kind !== "callback" && point.kind !== "step") return;
  const { names } = world;
  if (point.name !== undefined) {
    names[point.kind === "step" ? "steps" : "callbacks"].add(point.name);
  }
  if (point.kind === "step") responsesOf(point, world);
}

/** The few that matter most, the usual one first. */
export function possibilities(
  point: DecisionPoint,
  world: World,
  budget: Budget,
): readonly Possibility[] {
  switch (point.kind) {
    case "callback":
      return answers(point, world);
    case "step":
      return [undefined, ...attempts(point, world), ...(budget.mayCrash ? CRASHING_ATTEMPTS : [])];
    case "checkpoint":
      return budget.mayCrash ? CHECKPOINTS : [undefined];
    case "tie":
      return point.dues.map((_, index) => (index === 0 ? undefined : index));
    case "chance":
      return [undefined];
    case "next":
      return point.functionNames.map((_, index) => (index === 0 ? undefined : index));
  }
}

/** What can come before or after everything else that may happen meanwhile, besides {@link possibilities}. */
export function everyOtherTime(point: DecisionPoint, world: World): readonly Possibility[] {
  if (point.kind === "step") {
    const times = timesBeside(point, world).flatMap(around);
    return times.filter((ms) => ms > 1).map((ms): Possibility => ["run", ms]);
  }
  if (point.kind !== "callback") return [];
  const { now } = point;
  const listedTimes = new Set(answerTimes(point));
  const times = timesBeside(point, world).flatMap(around);
  return movableAnswers(point, world).flatMap((moves) =>
    times.filter((ms) => !listedTimes.has(now + ms)).map((ms) => delayed(moves, ms)),
  );
}

/** Milliseconds after a point at which something else may happen, while an attempt may still go on. */
function timesBeside(
  { id, now, kind, dueTimes }: PointOf<"callback" | "step">,
  { besides, invocationTimeoutMs }: World,
): readonly number[] {
  const due = dueTimes().map((time) => time - now);
  const longest = kind === "step" ? (invocationTimeoutMs ?? LONGEST_INVOCATION_MS) : Infinity;
  return [...new Set([...due, ...besides.after(id)])].filter((ms) => ms > 0 && ms + 1 < longest);
}

function around(time: number): readonly number[] {
  return [time - 1, time, time + 1];
}

const CHECKPOINTS: readonly Possibility[] = [
  undefined,
  "crash before",
  "crash after",
  "answer lost",
];
const CRASHING_ATTEMPTS: readonly WrittenAttempt[] = [
  ["crash", "before"],
  ["crash", "after"],
];

/** One of the many more, where there are. */
export function anotherPossibility(
  point: DecisionPoint,
  world: World,
  random: Random,
  { mayCrash }: Budget,
): Possibility {
  if (point.kind === "callback") return anyAnswer(point, world, random);
  if (point.kind === "chance") return random.integer(1, COURSES_OF_CHANCE);
  if (point.kind !== "step") return undefined;
  const { invocationTimeoutMs } = world;
  if (mayCrash && invocationTimeoutMs !== undefined && random.chance(0.2)) return ["never"];
  if (random.chance(0.7)) return ["run", random.integer(1, SHORT_MS)];
  const later = timesBeside(point, world);
  return later.length === 0
    ? ["run", random.integer(1, SHORT_MS)]
    : ["run", random.pick(later) + random.integer(-1, 1)];
}

/** Whether a decision has an invocation die. */
export function isCrash(possibility: Possibility): boolean {
  if (typeof possibility === "string") return possibility !== "taken";
  return Array.isArray(possibility) && (possibility[0] === "crash" || possibility[0] === "never");
}

/** Whether a decision stands in the place of a step's function. */
export function isScripted(possibility: Possibility): boolean {
  if (!Array.isArray(possibility)) return false;
  const kind: unknown = possibility[0];
  return kind === "success" || kind === "nothing" || kind === "failure";
}

/** Whether a decision has an attempt take time. */
export function takesTime(possibility: Possibility): boolean {
  if (!Array.isArray(possibility)) return false;
  const last: unknown = possibility.at(-1);
  return typeof last === "number" && last > 0;
}

function attempts(point: PointOf<"step">, world: World): readonly WrittenAttempt[] {
  return [...responsesOf(point, world).map(writtenAttempt), ["run", 1]];
}

function responsesOf(
  { name, addresses }: PointOf<"step">,
  { steps, asked }: World,
): readonly Response[] {
  if (steps.size === 0) return [];
  const byPath = [...steps.keys()].filter((key) => key.includes("/"));
  const known = byPath.length === 0 ? [] : addresses();
  const key =
    byPath.find((path) =>
      known.some((address) => address === path || address.endsWith(`/${path}`)),
    ) ?? name;
  const responses = key === undefined ? undefined : steps.get(key);
  if (responses !== undefined) asked.add(`steps.${key}`);
  return responses ?? [];
}

function answers(point: PointOf<"callback">, world: World): readonly WrittenAnswer[] {
  const { callback, now } = point;
  const responses = listed(point, world).map(writtenMoves);
  const silence: readonly WrittenAnswer[] =
    deadlinesOf(callback).length === 0 ? [] : [{ moves: [] }];
  const movable = responses.filter(isMovable);
  const times = answerTimes(point);
  return [
    ...responses.map((moves) => ({ moves })),
    ...silence,
    ...movable.map((moves): WrittenAnswer => ({ moves, atOnce: true })),
    ...movable.flatMap((moves) => times.map((time) => delayed(moves, time - now))),
    ...withHeartbeats(callback, now, movable),
  ];
}

/** Around deadlines, and around what is due first besides. */
function answerTimes({ callback, now, dueTimes }: PointOf<"callback">): readonly number[] {
  const deadlines = deadlinesOf(callback);
  const others = dueTimes()
    .filter((time) => time > now && !deadlines.includes(time))
    .toSorted((a, b) => a - b)
    .slice(0, NEIGHBOURS);
  return [...deadlines, ...others].flatMap(around);
}

function movableAnswers(
  point: PointOf<"callback">,
  world: World,
): readonly (readonly WrittenMove[])[] {
  return listed(point, world).map(writtenMoves).filter(isMovable);
}

/** Heartbeats that stop, and heartbeats with an answer. */
function withHeartbeats(
  { heartbeatAt }: CallbackOperation,
  now: number,
  movable: readonly (readonly WrittenMove[])[],
): readonly WrittenAnswer[] {
  if (heartbeatAt === undefined) return [];
  const beat: WrittenMove = ["heartbeat", Math.max(0, heartbeatAt.getTime() - now - 1)];
  return [{ moves: [beat] }, ...movable.map((moves) => ({ moves: [beat, ...moves] }))];
}

function anyAnswer(point: PointOf<"callback">, world: World, random: Random): Possibility {
  const { callback, now } = point;
  const movable = movableAnswers(point, world);
  if (movable.length === 0) return undefined;
  const moves = random.pick(movable);
  const answer = delayed(moves, anyTime(point, world, random) - now);
  if (callback.heartbeatAt === undefined || random.chance(0.5)) return answer;
  const beats = random.integer(1, 3);
  const gap = Math.max(1, callback.heartbeatAt.getTime() - now - random.integer(0, 1));
  return {
    moves: [...Array.from({ length: beats }, () => ["heartbeat", gap] as const), ...answer.moves],
  };
}

/** @throws InvalidArgumentError when nobody has said anything, and there is no silence to try. */
function listed(
  { callback, name }: PointOf<"callback">,
  { callbacks, asked }: World,
): readonly Response[] {
  const list = name === undefined ? undefined : callbacks.get(name);
  if (name !== undefined && list !== undefined) {
    asked.add(`callbacks.${name}`);
    return typeof list === "function" ? list(callback, pathText(["callbacks", name])) : list;
  }
  if (deadlinesOf(callback).length > 0) return [];
  const key = name === undefined ? "a name" : JSON.stringify(name);
  throw new InvalidArgumentError(
    `The callback ${name === undefined ? callback.callbackId : key} has no deadline, and nobody has said what the world may say to it. Say so: callbacks: { ${key}: [respond.success(…), respond.failure(…)] }.`,
  );
}

/** Of an open callback, the first one first. */
export function deadlinesOf({ timeoutAt, heartbeatAt }: CallbackOperation): readonly number[] {
  return [timeoutAt, heartbeatAt]
    .flatMap((time) => (time === undefined ? [] : [time.getTime()]))
    .toSorted((a, b) => a - b);
}

/** One end, whose time nobody has said. */
function isMovable(moves: readonly WrittenMove[]): boolean {
  const [only, ...more] = moves;
  return only !== undefined && more.length === 0 && only[0] !== "heartbeat" && only.at(-1) === 0;
}

function delayed([move, ...more]: readonly WrittenMove[], ms: number): WrittenAnswer {
  if (move === undefined) return { moves: more };
  return { moves: [withDelay(move, Math.max(0, ms)), ...more] };
}

/** Around a moment at which something happened in another execution; or any time until the deadline. */
function anyTime(
  { callback, now }: PointOf<"callback">,
  { moments, startTime }: World,
  random: Random,
): number {
  const later = [...moments].filter((moment) => startTime + moment > now);
  if (later.length > 0 && random.chance(0.5)) {
    return startTime + random.pick(later) + random.integer(-1, 1);
  }
  const longest = (deadlinesOf(callback)[0] ?? now + HORIZON_MS) - now;
  // As likely within the first second as within the last day.
  return now + Math.floor(Math.exp(random.next() * Math.log(Math.max(2, longest + 2))));
}

function withDelay(move: WrittenMove, ms: number): WrittenMove {
  switch (move[0]) {
    case "success":
      return ["success", move[1], ms];
    case "raw":
      return ["raw", move[1], ms];
    case "nothing":
      return ["nothing", ms];
    case "failure":
      return ["failure", move[1], ms];
    case "heartbeat":
      return ["heartbeat", ms];
  }
}

function writtenMoves(response: Response): readonly WrittenMove[] {
  return movesOf(response, "callbacks").map(writtenMove);
}

function writtenMove(move: ScriptedMove): WrittenMove {
  switch (move.kind) {
    case "success":
      if (move.value instanceof Uint8Array)
        return ["raw", move.payload.toOtherSdks ?? "", move.afterMs];
      if (move.value === undefined) return ["nothing", move.afterMs];
      return ["success", move.value, move.afterMs];
    case "failure":
      return ["failure", withoutStack(move.error), move.afterMs];
    case "heartbeat":
      return ["heartbeat", move.afterMs];
  }
}

function writtenAttempt(response: Response): WrittenAttempt {
  const attempt = attemptOf(response, "steps");
  switch (attempt?.kind) {
    case undefined:
      return ["never"];
    case "run":
      return ["run", attempt.afterMs];
    case "crash":
      return ["crash", attempt.when];
    case "success":
      return attempt.value === undefined
        ? ["nothing", attempt.afterMs]
        : ["success", attempt.value, attempt.afterMs];
    case "failure":
      return ["failure", withoutStack(attempt.error), attempt.afterMs];
  }
}

/** Where it was made differs from machine to machine. */
function withoutStack(error: ErrorObject): ErrorObject {
  return { ...error, StackTrace: undefined };
}
