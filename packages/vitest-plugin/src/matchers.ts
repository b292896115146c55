import type { DurableMatchers } from "@durabletest/testing/matchers";

// Vitest's own `Matchers` has other type parameters in every major, and no declaration fits two of them.
// What it is built on has none: chai's assertions, which Vitest makes awaitable after `.resolves`, and the
// asymmetric matchers.

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- that is where chai declares its types
  namespace Chai {
    // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
    interface Assertion extends DurableMatchers {}
  }
}

declare module "vitest" {
  // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to an interface that is not empty
  interface AsymmetricMatchersContaining extends DurableMatchers<unknown> {}
}

export type { DurableMatchers };
