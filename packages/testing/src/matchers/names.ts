import type { DurableMatchers } from "./index.ts";

const names: Readonly<Record<keyof DurableMatchers, true>> = {
  toHaveSucceeded: true,
  toHaveSucceededWith: true,
  toHaveFailedWith: true,
  toBePending: true,
  toBeWaitingFor: true,
  toHaveOperation: true,
  toHaveCallback: true,
  toHaveTimedOut: true,
  toHaveInvocations: true,
  toHaveRun: true,
  toHaveLogged: true,
  toHaveEffect: true,
  toBeCrashSafe: true,
  toHaveEffectAtMostOnce: true,
};

/** All matchers, for whoever loads them later. */
export const matcherNames = Object.keys(names) as readonly (keyof DurableMatchers)[];
