/**
 * The core modules in which something is routed, without an import of them: a loader that runs tests in a
 * vm context copies what a module exports when it first meets an import of it, and would keep the copies of
 * what has not been routed yet for whoever imports it later.
 */
const { process } = globalThis;

export const timers: typeof import("node:timers") = process.getBuiltinModule("node:timers");

export const timersPromises: typeof import("node:timers/promises") =
  process.getBuiltinModule("node:timers/promises");

export const nodeConsole: typeof import("node:console") = process.getBuiltinModule("node:console");

export const nodeCrypto: typeof import("node:crypto") = process.getBuiltinModule("node:crypto");

/** The one performance object of the process. */
export const performance: typeof import("node:perf_hooks").performance =
  process.getBuiltinModule("node:perf_hooks").performance;
