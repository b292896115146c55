/**
 * When everything has arrived that is on its way to handler code.
 *
 * Owns: whether that takes a turn of the event loop, and what stands for one.
 *
 * 1. A turn brings whatever there is. It is a system call: in a sandboxed container it costs up to half an invocation.
 * 2. Where handler code has begun nothing real, and no test is at work beside it, there are ticks and microtasks, and
 *    nothing else. They are over once nobody but us has made a tick in a round of them; in the first there may be
 *    some that were made before it. That moment stands for a turn: one immediate is called, in the order in which they
 *    were made, and what follows from it is waited for.
 * 3. Several wait at once, the harness and what it runs. One of them at a time is told, the harness last: an invocation
 *    is suspended before time passes in it.
 * 4. Others are waiting for their turn, too: they have one every few milliseconds, also in the middle of immediates
 *    that make further ones, for which nothing ever has arrived.
 */
import { natives } from "../surroundings/natives.ts";
import { runOutsideScopes } from "../surroundings/scope.ts";
import { shared } from "../surroundings/shared.ts";

/** Of real time without a turn. */
const MOST_MS = 5;

/** So many immediates are called between two looks at the clock. */
const PLAYED_BETWEEN_LOOKS = 16;

/** After so many immediates, handler code is told what it waits for before the next of them. */
const MOST_PLAYED = 1000;

/** Somebody who is to be called: in its place among others, or in a turn. */
interface Caller {
  readonly call: () => void;
  among: Set<Caller> | undefined;
  turn: NodeJS.Immediate | undefined;
}

const loop = shared("eventLoop", () => ({
  /** Counts those of the whole process, while a scope is open. */
  ticks: 0,
  /** By the clock of whoever waited for it, as far as it has been seen from here. */
  lastTurnAt: Number.NEGATIVE_INFINITY,
  /** Who is to be called: all of one before any of the next. */
  callers: {
    immediate: new Set<Caller>(),
    handler: new Set<Caller>(),
    harness: new Set<Caller>(),
  },
  isInRound: false,
  /** As many as there were when the round began. */
  ticksBefore: 0,
  /** In which nobody else must make a tick. */
  roundsLeft: 0,
  /** Immediates, since somebody else was called. */
  played: 0,
  /** A turn comes first, in the middle of immediates. */
  isPaused: false,
  /** Who is told of such a turn. */
  watchers: new Set<() => void>(),
}));

export function tickMade(): void {
  loop.ticks += 1;
}

/**
 * Calls back once, not before all microtasks are over.
 *
 * @param who - waits: something that handler code depends on, or who lets time pass for it.
 * @param needsTurn - whether something may be on its way that only a turn brings.
 * @param realNow - real milliseconds.
 * @returns calls it off.
 */
export function whenAllHasArrived(
  who: "handler" | "harness",
  needsTurn: boolean,
  call: () => void,
  realNow: () => number = natives.realNow,
): () => void {
  const caller: Caller = { call, among: undefined, turn: undefined };
  if (!needsTurn && realNow() - loop.lastTurnAt <= MOST_MS) inRounds(who, caller);
  // In the scope of a handler its ledger counts the turn, which the harness then waits for.
  else if (who === "handler") inATurn(who, caller, realNow);
  else runOutsideScopes(() => inATurn(who, caller, realNow));
  return () => callOff(caller);
}

/** Calls back in every turn that comes in the middle of immediates, until it is called off. */
export function watchTurnsBetween(call: () => void): void {
  loop.watchers.add(call);
}

export function unwatchTurnsBetween(call: () => void): void {
  loop.watchers.delete(call);
}

/**
 * Calls back in what stands for the next turn of the event loop, where none is needed.
 *
 * @returns calls it off.
 */
export function inWhatStandsForATurn(call: () => void): () => void {
  const caller: Caller = { call, among: undefined, turn: undefined };
  inRounds("immediate", caller);
  return () => callOff(caller);
}

function callOff(caller: Caller): void {
  caller.among?.delete(caller);
  if (caller.turn !== undefined) natives.clearImmediate(caller.turn);
}

function inATurn(
  who: keyof typeof loop.callers,
  caller: Caller,
  realNow: () => number = natives.realNow,
): void {
  caller.turn = natives.setImmediate(() => {
    loop.lastTurnAt = realNow();
    // In the middle of immediates, nothing has arrived yet.
    if (loop.isPaused && who === "harness") inRounds(who, caller);
    else caller.call();
  });
}

function inRounds(who: keyof typeof loop.callers, caller: Caller): void {
  caller.among = loop.callers[who];
  caller.among.add(caller);
  if (loop.isInRound) return;
  loop.roundsLeft = 2;
  runOutsideScopes(beginRound);
}

const settled = Promise.resolve();

function beginRound(): void {
  loop.isInRound = true;
  loop.ticksBefore = loop.ticks;
  // A tick that a microtask asks for runs when there are no microtasks left.
  void settled.then(endRoundInATick);
}

function endRoundInATick(): void {
  natives.nextTick(endRound);
}

function endRound(): void {
  loop.isInRound = false;
  const ticks = loop.ticks - loop.ticksBefore;
  if (ticks === 0) {
    // Not even ours: nobody counts them.
    for (let caller = takeFirst(); caller !== undefined; caller = takeFirst()) {
      inATurn("immediate", caller);
    }
    return;
  }
  loop.roundsLeft = ticks === 1 ? loop.roundsLeft - 1 : 1;
  if (loop.roundsLeft === 0 && isTimeForATurn()) {
    pause();
    return;
  }
  const called = loop.roundsLeft === 0 ? takeFirst() : undefined;
  if (called !== undefined) loop.roundsLeft = 1;
  if (isAnybodyLeft()) beginRound();
  called?.call();
}

function isTimeForATurn(): boolean {
  if (loop.callers.immediate.size === 0 || loop.played % PLAYED_BETWEEN_LOOKS !== 0) return false;
  return loop.played > 0 && natives.realNow() - loop.lastTurnAt > MOST_MS;
}

/** The rounds go on after a turn. */
function pause(): void {
  loop.isInRound = true;
  loop.isPaused = true;
  natives.setImmediate(() => {
    loop.isPaused = false;
    loop.lastTurnAt = natives.realNow();
    for (const tell of loop.watchers) tell();
    loop.roundsLeft = 2;
    beginRound();
  });
}

function isAnybodyLeft(): boolean {
  const { immediate, handler, harness } = loop.callers;
  return immediate.size > 0 || handler.size > 0 || harness.size > 0;
}

function takeFirst(): Caller | undefined {
  const { immediate, handler, harness } = loop.callers;
  const others = handler.size > 0 ? handler : harness;
  const isPlayed = immediate.size > 0 && (handler.size === 0 || loop.played < MOST_PLAYED);
  loop.played = isPlayed ? loop.played + 1 : 0;
  const callers = isPlayed ? immediate : others;
  for (const first of callers) {
    callers.delete(first);
    return first;
  }
  return undefined;
}
