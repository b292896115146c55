/**
 * Handlers of AWS's SDK with something else in the place of the functions of their steps: nothing, when a handler
 * is replayed; what a test or a schedule says.
 *
 * That SDK has no way to be told so: a step that is new to it begins at once, before anybody is asked. But it
 * calls whatever is not the handler's own code in an asynchronous context of its own, which says which attempt of
 * which operation it is (seen in 1.1.7 to 2.4.0). So there the call is taken over.
 *
 * Owns: for which invocations that is so.
 *
 * 1. Once installed it stays: what an invocation has left behind must not run a step later on.
 * 2. Nothing changes for anybody else.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import type { ScopeHost } from "./host.ts";
import { currentScope } from "./scope.ts";
import { shared } from "./shared.ts";

/** What AWS's SDK keeps in its asynchronous context. */
interface OperationContext {
  /** `"root"`, or the path of the operation: `"2"`, `"2-1"`. */
  readonly contextId: string;
  /** Of a step or a check; absent for a context. */
  readonly attempt: unknown;
}

/** One attempt of a step, or of a check. */
interface HeldAttempt {
  /** The path of the operation: `"2"`, `"2-1"`. */
  readonly contextId: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Stands in the place of a step's function, which `run` calls. */
type Instead = (attempt: HeldAttempt, run: () => unknown) => unknown;

function isOperationContext(store: unknown): store is OperationContext {
  return (
    typeof store === "object" &&
    store !== null &&
    "contextId" in store &&
    typeof store.contextId === "string" &&
    "durableExecutionMode" in store &&
    "attempt" in store
  );
}

/** In the place of functions that are not to run. It holds nothing: a weak map keeps that for long. */
export const neverRun: Instead = () => new Promise(() => {});

/** Is told of an operation that is called, by the context around it. */
type CallListener = (contextId: string) => void;

interface HeldBodies {
  /** In the scope of that host, this is called in the place of each function of a step from now on. */
  hold(host: ScopeHost, instead: Instead): void;
  /** Tells of every operation that is called in the scope of that host, until it is taken off. */
  listen(host: ScopeHost, called: CallListener): () => void;
}

/** Made in the realm of the process, as it stays there. */
export const heldBodies: HeldBodies = shared("heldBodies", () => {
  const held = new WeakMap<ScopeHost, Instead>();
  const listeners = new Map<ScopeHost, CallListener>();
  const { prototype } = AsyncLocalStorage;
  let isInstalled = false;
  const install = (): void => {
    isInstalled = true;
    const { run } = prototype;
    Reflect.set(
      prototype,
      "run",
      function (this: AsyncLocalStorage<unknown>, store: unknown, ...call: readonly unknown[]) {
        if (!isOperationContext(store) || typeof store.attempt !== "number") {
          return Reflect.apply(run, this, [store, ...call]) as unknown;
        }
        const goOn = (): unknown => Reflect.apply(run, this, [store, ...call]);
        const host = currentScope()?.host;
        const instead = host && held.get(host);
        if (instead === undefined) return goOn();
        const { contextId, attempt } = store;
        // What stands there runs where the function would.
        const there = (): unknown => instead({ contextId, attempt }, goOn);
        return Reflect.apply(run, this, [store, there]);
      },
    );
  };
  /** While there are listeners: the way is asked much more often than anything is run. */
  const { getStore } = prototype;
  const tell = function (this: AsyncLocalStorage<unknown>): unknown {
    const store: unknown = Reflect.apply(getStore, this, []);
    const host = isOperationContext(store) ? currentScope()?.host : undefined;
    if (host !== undefined && isOperationContext(store)) listeners.get(host)?.(store.contextId);
    return store;
  };
  return {
    hold(host, instead) {
      if (!isInstalled) install();
      held.set(host, instead);
    },
    listen(host, called) {
      if (listeners.size === 0) Reflect.set(prototype, "getStore", tell);
      listeners.set(host, called);
      return () => {
        listeners.delete(host);
        if (listeners.size === 0) Reflect.set(prototype, "getStore", getStore);
      };
    },
  };
});
