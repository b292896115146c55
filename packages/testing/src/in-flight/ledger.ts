/**
 * The ledger of real work that one invocation waits for.
 *
 * This folder knows `surroundings/`, never the other way: whose work something is, is told by the scope of
 * the code that began it, and what handler code sees does not depend on what is in flight.
 *
 * Owns: what has begun and not ended, and its names.
 * Does not own: noticing work (observer.ts and its neighbours write here); what
 * follows for virtual time (idle.ts reads here).
 *
 * 1. An entry is work that handler code waits for, or one that it may wait for again.
 * 2. Being wrong costs real pace, or an error that names the work: see idle.ts.
 * 3. An invocation that does no real work allocates nothing here.
 */
import { natives } from "../surroundings/natives.ts";
import type { Origin } from "../surroundings/origin.ts";
import type { Progress } from "../surroundings/progress.ts";
import { runningScope, storage } from "../surroundings/scope.ts";
import type { Scope } from "../surroundings/scope.ts";
import { shared } from "../surroundings/shared.ts";
import { modulesBeingFetched } from "./imports.ts";

/** One piece of real work. */
export interface Work {
  /** What a message calls it: `GET http://127.0.0.1:8080/orders`, `crypto.scrypt`. */
  readonly name: string;
  /**
   * `pending`: it is waited for. `idle`: not now, but it may be. `over`: it can be
   * forgotten.
   */
  status(nowMs: number): "pending" | "idle" | "over";
  /** Whether it may be what a handler waits for that seems to wait for nothing, while it is idle. */
  readonly mayBeWaitedFor?: boolean;
  /** Called once, when the ledger lets go of it. */
  forgotten?: () => void;
}

interface Entry {
  readonly work: Work;
  /** Of the code that began it, unless that is known to be part of a step. */
  readonly origin: Origin | undefined;
}

/** So many are named. */
const namedAtMost = 10;

export class InFlight {
  readonly progress: Progress;
  #work: Map<unknown, Entry> | undefined;
  #started = 0;
  #hadWork = false;
  #closed = false;
  readonly #origin: () => Origin | undefined;
  readonly #onClose: (() => void) | undefined;

  constructor(
    progress: Progress,
    {
      origin = () => undefined,
      onClose,
    }: { origin?: () => Origin | undefined; onClose?: () => void } = {},
  ) {
    this.progress = progress;
    this.#origin = origin;
    this.#onClose = onClose;
  }

  /** Counts all that began. A turn of the event loop in which it stood still had nothing new. */
  get started(): number {
    return this.#started;
  }

  /** Whether a turn of the event loop may bring something that no tick and no microtask does. */
  get needsTurns(): boolean {
    return this.#started > 0 || modulesBeingFetched() !== undefined;
  }

  /** Whether there has been work that may take any time. */
  get hadWork(): boolean {
    return this.#hadWork;
  }

  /** Something began that the next turn of the event loop brings to its end. */
  beginBrief(): void {
    this.#started += 1;
  }

  /** `key` is what the end of the work is known by. Work under a known key begins anew. */
  begin(key: unknown, work: Work): void {
    if (this.#closed) {
      work.forgotten?.();
      return;
    }
    this.#started += 1;
    this.#hadWork = true;
    (this.#work ??= new Map()).set(key, { work, origin: this.#origin() });
  }

  end(key: unknown): void {
    const entry = this.#work?.get(key);
    if (entry === undefined) return;
    this.#work?.delete(key);
    entry.work.forgotten?.();
  }

  has(key: unknown): boolean {
    return this.#work?.has(key) ?? false;
  }

  /** Counts `promise` as real work until it settles. */
  track<T>(name: string, promise: PromiseLike<T>): void {
    const key = {};
    const over = () => this.end(key);
    this.begin(key, { name, status: () => "pending" });
    promise.then(over, over);
  }

  /** Whether anything of this invocation is waited for. */
  isBusy(): boolean {
    if (modulesBeingFetched() !== undefined) return true;
    if (this.#work === undefined || this.#work.size === 0) return false;
    const now = natives.realNow();
    for (const [key, { work }] of this.#work) {
      const status = work.status(now);
      if (status === "pending") return true;
      if (status === "over") this.end(key);
    }
    return false;
  }

  /** What is in flight, by name, each once; many are counted. */
  names(): readonly string[] {
    const names = this.#namesOf((work, now) => work.status(now) === "pending");
    for (const module of modulesBeingFetched() ?? [])
      names.add(`import(${JSON.stringify(module)})`);
    return abridged(names);
  }

  /** What is in flight that handler code outside steps has begun, by name. */
  namesOutsideSteps(): readonly string[] {
    if (this.#work === undefined || this.#work.size === 0) return [];
    return abridged(
      this.#namesOf(
        (work, now, origin) => work.status(now) === "pending" && origin?.isOutsideSteps() === true,
      ),
    );
  }

  /** What is open that nobody seems to wait for, by name. */
  openNames(): readonly string[] {
    return abridged(
      this.#namesOf((work, now) => work.mayBeWaitedFor === true && work.status(now) === "idle"),
    );
  }

  /** The invocation is over: nothing is waited for any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const work = this.#work;
    this.#work = undefined;
    if (work !== undefined) for (const each of work.values()) each.work.forgotten?.();
    this.#onClose?.();
  }

  #namesOf(is: (work: Work, now: number, origin: Origin | undefined) => boolean): Set<string> {
    const names = new Set<string>();
    const now = natives.realNow();
    for (const { work, origin } of this.#work?.values() ?? []) {
      if (is(work, now, origin)) names.add(work.name);
    }
    return names;
  }
}

function abridged(names: ReadonlySet<string>): readonly string[] {
  const all = [...names];
  if (all.length <= namedAtMost) return all;
  return [...all.slice(0, namedAtMost), `and ${all.length - namedAtMost} more`];
}

const ledgers = shared("ledgers", () => new WeakMap<Scope, InFlight>());

/** From now on, work begun in `scope` goes into `ledger`. */
export function keepLedger(scope: Scope, ledger: InFlight): void {
  ledgers.set(scope, ledger);
}

/**
 * Its ledger is closed. Until a full garbage collection, a weak map keeps what it holds, however dead its key is: a
 * whole execution for every invocation.
 */
export function dropLedger(scope: Scope): void {
  ledgers.delete(scope);
}

/** The ledger that the running code's work goes into, if anywhere. */
export function currentLedger(): InFlight | undefined {
  const scope = storage.getStore();
  if (scope === undefined) return undefined;
  return ledgers.get(scope.isView ? scope : runningScope(scope));
}
