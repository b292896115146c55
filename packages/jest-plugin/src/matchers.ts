import type { DurableMatchers } from "@durabletest/testing/matchers";

// What `expect` of `@jest/globals` is built on.
declare module "expect" {
  // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
  interface Matchers<R extends void | Promise<void>, T = unknown> extends DurableMatchers<R> {}
  // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
  interface AsymmetricMatchers extends DurableMatchers<unknown> {}
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- that is where `@types/jest` declares its types
  namespace jest {
    // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
    interface Matchers<R, T = {}> extends DurableMatchers<R> {}
    // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
    interface Expect extends DurableMatchers<unknown> {}
    // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
    interface InverseAsymmetricMatchers extends DurableMatchers<unknown> {}
  }
}

export type { DurableMatchers };
