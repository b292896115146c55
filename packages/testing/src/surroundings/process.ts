/**
 * process.exit in handler code, and what else would take the test process down with a handler.
 *
 * Owns: ending the invocation instead, and unwinding the code that called.
 * Does not own: what the service makes of a dead sandbox (the host's).
 *
 * 1. `process.exit` never returns. In a scope it throws, and whatever becomes of that error is nobody's
 *    news: it is kept from the process's own reports of what was thrown or rejected and not caught.
 */
import { constants } from "node:os";

import { runningScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { realProcess } from "./main-realm.ts";
import { routeReplaceable } from "./replaceable.ts";
import { isFunction, routed } from "./route.ts";
import type { AnyFunction, ScopedCall } from "./route.ts";

const { process } = globalThis;

const brand = Symbol.for("durabletest.exit.v1");

/** Unwinds handler code that has called `process.exit`. Not for catching: the invocation is over. */
export class HandlerExit extends Error {
  override readonly name = "HandlerExit";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`process.exit(${exitCode}) was called in handler code: the invocation has ended.`);
    this.exitCode = exitCode;
  }
}

// Known across copies of this package.
Object.defineProperty(HandlerExit.prototype, brand, { value: true });

export function isHandlerExit(value: unknown): value is HandlerExit {
  return typeof value === "object" && value !== null && Reflect.get(value, brand) === true;
}

function end(scope: Scope, exitCode: number): never {
  silenceHandlerExits();
  const running = runningScope(scope);
  if (!running.ended) running.host.exited(exitCode);
  throw new HandlerExit(exitCode);
}

const exit: ScopedCall = (scope, [code]) => {
  const exitCode = Number(code ?? process.exitCode ?? 0);
  return end(scope, Number.isInteger(exitCode) ? exitCode : 1);
};

const deadlySignals = new Set([
  "SIGABRT",
  "SIGALRM",
  "SIGBUS",
  "SIGFPE",
  "SIGHUP",
  "SIGILL",
  "SIGINT",
  "SIGKILL",
  "SIGPIPE",
  "SIGQUIT",
  "SIGSEGV",
  "SIGTERM",
  "SIGTRAP",
]);
const signalNumbers = new Map<unknown, number>(
  Object.entries(constants.signals).filter(([name]) => deadlySignals.has(name)),
);

/** As a shell tells it: 128 and the signal's number. Undefined for a signal that ends nothing. */
function exitCodeOf(signal: unknown): number | undefined {
  const numbers = [...signalNumbers.values()];
  const number = signalNumbers.get(signal) ?? numbers.find((known) => known === signal);
  return number === undefined ? undefined : 128 + number;
}

const kill: ScopedCall = (scope, [pid, signal], native) => {
  const exitCode = exitCodeOf(signal ?? "SIGTERM");
  return pid === process.pid && exitCode !== undefined ? end(scope, exitCode) : native(pid, signal);
};

/** The process object of one realm: test frameworks make a copy for each sandbox. */
export function routeProcess(target: NodeJS.Process): void {
  const calls: Readonly<Record<string, ScopedCall>> = {
    exit,
    reallyExit: exit,
    abort: (scope) => end(scope, 128 + constants.signals.SIGABRT),
    kill,
  };
  for (const [name, call] of Object.entries(calls)) {
    const original: unknown = Reflect.get(target, name);
    if (!isFunction(original)) continue;
    routeReplaceable(target, name, { original, inside: routed(original, call) });
  }
}

const reports = new Set<unknown>(["unhandledRejection", "uncaughtException"]);

/**
 * Code that the unwinding reaches last (a promise that nobody awaits, an event's listener) leaves the
 * error to the process, which test frameworks take for a failure of the test.
 */
function silenceHandlerExits(): void {
  const real = realProcess;
  const original: AnyFunction = real.emit;
  // Others put theirs in place, too, and take it away again.
  if (Reflect.get(original, brand) === true) return;
  const emit = function (this: unknown, ...args: readonly unknown[]): unknown {
    // True: someone has taken care of it.
    if (reports.has(args[0]) && isHandlerExit(args[1])) return true;
    return Reflect.apply(original, this, args);
  };
  const value = Object.assign(emit, { [brand]: true });
  Object.defineProperty(real, "emit", { configurable: true, writable: true, value });
}
