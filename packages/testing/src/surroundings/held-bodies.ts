/**
 * Handlers of AWS's SDK, replayed without the functions of their steps being called.
 *
 * That SDK has no way to be told so: a step that is new to it begins at once, before anybody is asked. But it
 * calls whatever is not the handler's own code in an asynchronous context of its own, which says which attempt of
 * which operation it is (seen in 1.0.1 to 2.4.0). So there the call is left out.
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

interface HeldBodies {
  /** In the scope of that host no function of a step is called from now on. */
  hold(host: ScopeHost): void;
  /** Tells of every operation that is called in such a scope meanwhile, by the context around it. */
  listen<T>(called: (contextId: string) => void, during: () => Promise<T>): Promise<T>;
}

/** Made in the realm of the process, as it stays there. */
export const heldBodies: HeldBodies = shared("heldBodies", () => {
  const hosts = new WeakSet<ScopeHost>();
  let isInstalled = false;
  const isHeld = (): boolean => {
    const host = currentScope()?.host;
    return host !== undefined && hosts.has(host);
  };
  const install = (): void => {
    isInstalled = true;
    const { prototype } = AsyncLocalStorage;
    const { run } = prototype;
    Reflect.set(
      prototype,
      "run",
      function (this: AsyncLocalStorage<unknown>, store: unknown, ...call: readonly unknown[]) {
        const isAttempt = isOperationContext(store) && typeof store.attempt === "number";
        if (isAttempt && isHeld()) return new Promise(() => {});
        return Reflect.apply(run, this, [store, ...call]) as unknown;
      },
    );
  };
  return {
    hold(host) {
      if (!isInstalled) install();
      hosts.add(host);
    },
    async listen(called, during) {
      const { prototype } = AsyncLocalStorage;
      const { getStore } = prototype;
      Reflect.set(prototype, "getStore", function (this: AsyncLocalStorage<unknown>) {
        const store: unknown = Reflect.apply(getStore, this, []);
        if (isOperationContext(store) && isHeld()) called(store.contextId);
        return store;
      });
      try {
        return await during();
      } finally {
        Reflect.set(prototype, "getStore", getStore);
      }
    },
  };
});
