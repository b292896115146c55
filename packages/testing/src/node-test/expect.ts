import { AssertionError } from "node:assert";
import { durableMatchers, type DurableMatchers } from "../matchers/index.ts";
import type { MatcherContext, MatcherResult } from "../matchers/framework.ts";
import { matcherUtilities } from "./matcher-utilities.ts";

/** The matchers on a result or a runner; with `.not`, the contrary. */
export type DurableExpect = (
  received: unknown,
) => DurableMatchers & { readonly not: DurableMatchers };

/**
 * The matchers, as assertions: what does not hold is an `AssertionError` whose message ends with the timeline.
 *
 * @example
 * ```ts
 * expect(await runner.run({ orderId: "o-1" })).toBeWaitingFor("approval");
 * expect(runner).not.toHaveSucceeded();
 * ```
 */
export const expect: DurableExpect = (received) => ({
  ...assertions(received, false),
  not: assertions(received, true),
});

function assertions(received: unknown, isNot: boolean): DurableMatchers {
  const context: MatcherContext = { isNot, ...matcherUtilities };
  const entries = Object.entries(durableMatchers).map(([name, matcher]) => {
    const assertion = (...expected: readonly unknown[]): unknown => {
      const judge = ({ pass, message }: MatcherResult): void => {
        if (pass !== isNot) return;
        throw new AssertionError({ message: message(), operator: name, stackStartFn: assertion });
      };
      const said: unknown = Reflect.apply(matcher, context, [received, ...expected]);
      if (said instanceof Promise) return said.then((result: MatcherResult) => judge(result));
      judge(said as MatcherResult);
      return undefined;
    };
    return [name, assertion] as const;
  });
  return Object.fromEntries(entries) as { [Name in keyof DurableMatchers]: DurableMatchers[Name] };
}
