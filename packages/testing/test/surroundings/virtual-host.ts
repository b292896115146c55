/**
 * A clock, a queue and a seed of the smallest kind: what the runner is to a scope, for these tests.
 */
import { IdleWatch } from "../../src/in-flight/idle.ts";
import type { WatchedTime, WatchOptions } from "../../src/in-flight/idle.ts";
import type { InFlight } from "../../src/in-flight/ledger.ts";
import { watchWork } from "../../src/in-flight/observer.ts";
import type { ScopeHost } from "../../src/surroundings/host.ts";
import { natives } from "../../src/surroundings/natives.ts";
import type { ExecutionEnvironment } from "../../src/surroundings/environment.ts";
import { callInScope, endScope, openScope, runInScope } from "../../src/surroundings/open-scope.ts";
import type { Scope } from "../../src/surroundings/scope.ts";

export const start: number = Date.UTC(2025, 0, 1);

interface Armed {
  readonly dueAt: number;
  readonly delayMs: number;
  readonly armedAtReal: number;
  readonly fire: () => void;
}

class VirtualHost implements ScopeHost {
  readonly clock: this = this;
  readonly startedAt: number;
  readonly exits: number[] = [];
  readonly crashes: unknown[] = [];
  /** Called when handler code has exited. */
  onExit: ((code: number) => void) | undefined;
  /** Called when a timer of handler code has thrown. */
  onCrash: (() => void) | undefined;
  #now: number;
  #seed: number;
  #queue: Armed[] = [];

  constructor({ startedAt = start, seed = 1 }: { startedAt?: number; seed?: number } = {}) {
    this.startedAt = startedAt;
    this.#now = startedAt;
    this.#seed = seed;
  }

  get timerCount(): number {
    return this.#queue.length;
  }

  now(): number {
    return this.#now;
  }

  isInStep(): boolean {
    return true;
  }

  effect(): void {}

  random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  arm(delayMs: number, fire: () => void): Armed {
    const armed = { dueAt: this.#now + delayMs, delayMs, armedAtReal: natives.realNow(), fire };
    const place = this.#queue.findIndex(({ dueAt }) => dueAt > armed.dueAt);
    this.#queue.splice(place === -1 ? this.#queue.length : place, 0, armed);
    return armed;
  }

  disarm(timer: object): void {
    this.#queue = this.#queue.filter((armed) => armed !== timer);
  }

  nextTurn: ScopeHost["nextTurn"];

  exited(code: number): void {
    this.exits.push(code);
    this.onExit?.(code);
  }

  crashed(error: unknown): void {
    this.crashes.push(error);
    this.onCrash?.();
  }

  nextDue(): Armed | undefined {
    return this.#queue[0];
  }

  fireNextDue(): undefined {
    const next = this.#queue.shift();
    if (next === undefined) throw new Error("Nothing is due.");
    this.#now = next.dueAt;
    next.fire();
  }

  /** Everything that is due within `ms` happens, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined || next.dueAt > until) break;
      this.fireNextDue();
    }
    this.#now = until;
  }
}

/** A scope, its host, and short ways to run in it. */
export interface Bench extends Disposable {
  readonly host: VirtualHost;
  readonly scope: Scope;
  readonly inFlight: InFlight;
  /** Runs `fn` in the scope. */
  in<T>(fn: () => T): T;
  /** The invocation is over. */
  end(): void;
  /** Runs `handler` as one invocation: virtual time passes as the idle rule allows. */
  invoke<T>(handler: () => Promise<T>, options?: Partial<InvocationOptions>): Promise<T>;
}

/** What the smallest loop needs: what is due, beside what the idle rule looks at. */
export interface InvocationTime extends WatchedTime {
  fireNextDue(): void;
}

export interface InvocationOptions extends WatchOptions {
  readonly stuck: () => Error;
}

/** The smallest loop: has everything due happen, as the idle rule allows, until `settled` is so. */
export function watchInvocation<T>(
  settled: Promise<T>,
  time: InvocationTime,
  { stuck, ...options }: InvocationOptions,
): Promise<T> {
  const watch = new IdleWatch(time, options);
  const halted = new Promise<never>((_, reject) => {
    const goOn = (): void =>
      watch.watch((stillness) => {
        try {
          if (stillness === "stuck") throw stuck();
          time.fireNextDue();
          goOn();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    goOn();
  });
  return Promise.race([settled, halted]).finally(() => watch.stop());
}

export class Stuck extends Error {
  override readonly name = "Stuck";
}

export interface BenchOptions {
  readonly startedAt?: number;
  readonly seed?: number;
  /** Of an earlier invocation, which the new one goes on with. */
  readonly environment?: ExecutionEnvironment;
  readonly host?: VirtualHost;
}

export function bench(options: BenchOptions = {}): Bench {
  const host = options.host ?? new VirtualHost(options);
  const scope = openScope(host, options.environment);
  const inFlight = watchWork(scope);
  const end = (): void => {
    endScope(scope);
    inFlight.close();
  };
  return {
    host,
    scope,
    inFlight,
    in: (fn) => runInScope(scope, fn),
    invoke: (handler, watch) =>
      watchInvocation(callInScope(scope, handler), timeOf(host, inFlight), watchOptions(watch)),
    end,
    [Symbol.dispose]: end,
  };
}

function timeOf(host: VirtualHost, inFlight: InFlight): InvocationTime {
  return {
    inFlight,
    now: () => host.now(),
    hasTimer: () => host.timerCount > 0,
    nextTimer: () => host.nextDue(),
    fireNextDue: () => host.fireNextDue(),
  };
}

export function watchOptions(overrides: Partial<InvocationOptions> = {}): InvocationOptions {
  return { notice: () => {}, stuck: () => new Stuck("nothing left"), ...overrides };
}

/** Real time, for the tests themselves. */
export const realSleep = (ms: number): Promise<void> =>
  new Promise((resolve) => natives.setTimeout(resolve, ms));

export const realTurn = (): Promise<void> =>
  new Promise((resolve) => natives.setImmediate(() => resolve()));
