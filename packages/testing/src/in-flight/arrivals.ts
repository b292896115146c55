/**
 * When everything has arrived that is on its way to handler code.
 *
 * Owns: whether that takes a turn of the event loop.
 *
 * 1. A turn brings whatever there is. It is a system call: in a sandboxed container it costs as much as half an
 *    invocation.
 * 2. Where handler code has begun nothing real, and no test is at work beside it, there are ticks and microtasks, and
 *    nothing else. They are over once nobody but us has made a tick in two rounds of them.
 * 3. Others are waiting for their turn, too: they have one every few milliseconds.
 */
import { natives } from "../surroundings/natives.ts";
import { shared } from "../surroundings/shared.ts";

/** So many rounds of ticks, and then a turn. */
const MOST_ROUNDS = 20;
/** Of real time without a turn. */
const MOST_MS = 5;

const settled = Promise.resolve();

const loop = shared("eventLoop", () => ({
  /** Counts those of the whole process, while a scope is open. */
  ticks: 0,
  /** By `natives.realNow()`, as far as it has been seen from here. */
  lastTurnAt: Number.NEGATIVE_INFINITY,
}));

export function tickMade(): void {
  loop.ticks += 1;
}

/**
 * Calls back once, not before all microtasks are over.
 *
 * @param needsTurn - whether something may be on its way that only a turn brings.
 * @returns calls it off.
 */
export function whenAllHasArrived(needsTurn: boolean, arrived: () => void): () => void {
  let turn: NodeJS.Immediate | undefined;
  let isOff = false;
  const inATurn = (): void => {
    turn = natives.setImmediate(() => {
      loop.lastTurnAt = natives.realNow();
      arrived();
    });
  };
  let rounds = 0;
  let quietRounds = 0;
  const nextRound = (): void => {
    const before = loop.ticks;
    const look = (): void => {
      if (isOff) return;
      rounds += 1;
      quietRounds = loop.ticks === before + 1 ? quietRounds + 1 : 0;
      if (quietRounds === 2) arrived();
      else if (rounds === MOST_ROUNDS) inATurn();
      else nextRound();
    };
    // A tick that a microtask asks for runs when there are no microtasks left.
    void settled.then(() => natives.nextTick(look));
  };
  if (needsTurn || natives.realNow() - loop.lastTurnAt > MOST_MS) inATurn();
  else nextRound();
  return () => {
    isOff = true;
    if (turn !== undefined) natives.clearImmediate(turn);
  };
}
