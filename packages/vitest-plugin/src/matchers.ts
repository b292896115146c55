import type { DurableMatchers } from "@durabletest/testing/matchers";

declare module "vitest" {
  // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
  interface Matchers<R extends void | Promise<void>, T> extends DurableMatchers<R> {}
}

export type { DurableMatchers };
