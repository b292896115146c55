import type { DurableMatchers } from "@durabletest/testing/matchers";

declare module "vitest" {
  // The type parameters are Vitest's: all declarations of an interface must have the same.
  // oxlint-disable-next-line typescript/no-empty-object-type -- it adds the matchers to those there are
  interface Matchers<
    R extends void | Promise<void> = void | Promise<void>,
    T = unknown,
  > extends DurableMatchers<R> {}
}

export type { DurableMatchers };
