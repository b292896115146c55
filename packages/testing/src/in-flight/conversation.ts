/**
 * Waiting for somebody who may stay connected for good: the other end of a socket, a worker, a port.
 *
 * Owns: when handler code waits for it. Whoever is silent may be about to say the rest, or have said all: only
 * what handler code does tells.
 *
 * 1. Asked something: until it says something.
 * 2. After a word, or a connection made, or a listener added: until the handler goes on by itself
 *    (surroundings/progress.ts). Then it has got what it waited for; what it is told unasked after that is
 *    nothing that it waits for.
 * 3. Nobody listens: never.
 */
import { beginDelivery, endDelivery } from "../surroundings/progress.ts";
import type { Progress } from "../surroundings/progress.ts";
import { isFunction } from "../surroundings/route.ts";
import { natives } from "../surroundings/natives.ts";
import { runOutsideScopes } from "../surroundings/scope.ts";
import type { InFlight, Work } from "./ledger.ts";

export interface Partner {
  readonly name: () => string;
  /** Whether it can still say anything. */
  readonly isOpen: () => boolean;
  /** Whether it has yet to be reached. */
  readonly isConnecting?: () => boolean;
  /** Whether anybody listens. */
  readonly hasListeners: () => boolean;
  /** Whether it may say something without being asked. */
  readonly mayBegin?: () => boolean;
}

export class Conversation implements Work {
  readonly mayBeWaitedFor = true;
  readonly #partner: Partner;
  readonly #progress: Progress;
  readonly #ledger: InFlight;
  #isAsked = false;
  /** When there was last something to go on from. */
  #since = Number.POSITIVE_INFINITY;

  constructor(partner: Partner, ledger: InFlight) {
    this.#partner = partner;
    this.#ledger = ledger;
    this.#progress = ledger.progress;
    this.#progress.watch();
    this.#waitFromNextTurn();
  }

  get name(): string {
    return this.#partner.name();
  }

  /** Handler code has said something that wants an answer. */
  asked(): void {
    this.#isAsked = true;
    this.#ledger.beginBrief();
  }

  /** Handler code has added a listener: one for a single word, or one that stays. */
  listenedTo(isOnce: boolean): void {
    if (isOnce) this.asked();
    else this.#waitFromNextTurn();
  }

  /** The connection stands. */
  connected(): void {
    this.#ledger.beginBrief();
    this.#since = natives.realNow();
  }

  /** The partner has said something. */
  heard(): void {
    this.#ledger.beginBrief();
    if (!this.#isAsked && this.#hasGoneOn()) return;
    this.#isAsked = false;
    this.#since = natives.realNow();
  }

  status(): ReturnType<Work["status"]> {
    const { isOpen, isConnecting, hasListeners, mayBegin } = this.#partner;
    if (!isOpen()) return "over";
    if (isConnecting?.() === true) return "pending";
    if (!hasListeners()) return "idle";
    if (this.#isAsked) return "pending";
    return mayBegin?.() === false || this.#hasGoneOn() ? "idle" : "pending";
  }

  /** What handler code does in the same turn belongs to its waiting: it says for how long. */
  #waitFromNextTurn(): void {
    this.#since = Number.POSITIVE_INFINITY;
    runOutsideScopes(() =>
      natives.setImmediate(() => {
        if (this.#since === Number.POSITIVE_INFINITY) this.#since = natives.realNow();
      }),
    );
  }

  #hasGoneOn(): boolean {
    return this.#progress.at > this.#since;
  }
}

/** Whether an emitter's `once` has added a listener. */
export function listensOnce(listener: unknown): boolean {
  return isFunction(listener) && Reflect.get(listener, "listener") !== undefined;
}

/** All conversations with one partner: executions may share a connection. */
export class Conversations<P extends object> {
  readonly #byPartner = new WeakMap<P, Map<InFlight, Conversation>>();

  /** The one of a ledger; begun, if there is none. */
  of(key: P, ledger: InFlight, partner: () => Partner): Conversation {
    const all = this.#byPartner.get(key) ?? new Map<InFlight, Conversation>();
    this.#byPartner.set(key, all);
    const known = all.get(ledger);
    if (known !== undefined && ledger.has(key)) return known;
    const begun = new Conversation(partner(), ledger);
    all.set(ledger, begun);
    ledger.begin(key, begun);
    return begun;
  }

  /** Nothing more is said. */
  end(key: P): void {
    for (const ledger of this.#byPartner.get(key)?.keys() ?? []) ledger.end(key);
    this.#byPartner.delete(key);
  }

  /** The partner says something, which listeners are told until {@link delivered}; whether anybody waits. */
  deliver(key: P): boolean {
    const all = this.#byPartner.get(key);
    if (all === undefined) return false;
    for (const [ledger, conversation] of all) {
      if (ledger.has(key)) conversation.heard();
      else all.delete(ledger);
    }
    beginDelivery();
    return true;
  }

  delivered(): void {
    endDelivery();
  }
}
