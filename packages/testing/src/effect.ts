import { DurableError, InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { asItIsNow } from "./log-record.ts";
import { currentScope } from "./surroundings/scope.ts";

/** Something that handler code did to the world, as a fake of the test has said. */
export interface Effect {
  /** What was done: `"charge"`. */
  readonly name: string;
  /** What makes it the same effect as another: an idempotency key, an order number. */
  readonly key: string | undefined;
  /** What the test wants to remember of it, as it was then. */
  readonly data: unknown;
  /** Virtual. */
  readonly at: Date;
  /** In which invocation: 1 for the first. */
  readonly invocation: number;
  /**
   * The step around it: its name, or how `result.operation(…)` finds it if it has none. `undefined` outside steps,
   * and where AWS's SDK does not let it be known.
   */
  readonly operation?: string | undefined;
  /** Of the step: 1 for the first. */
  readonly attempt?: number | undefined;
}

/** An effect as it was seen; which operation it is of will be looked up when somebody asks. */
export interface SeenEffect extends Omit<Effect, "operation"> {
  readonly operationId: string | undefined;
}

/**
 * Says that handler code has done something to the world: called by a test's fake of that world, when it is
 * called. It finds the execution that is running by itself.
 *
 * @param name - what was done.
 * @param key - what makes it the same effect as another: charged twice for one order is the thing to find.
 * @param data - what the test wants to remember; a copy is kept.
 * @throws EffectOutsideExecutionError when no handler is running around it.
 *
 * @example
 * ```ts
 * const bank = {
 *   charge: async (order: Order) => {
 *     recordEffect("charge", order.id, { amount: order.total });
 *     return { receipt: `r-${order.id}` };
 *   },
 * };
 * // …
 * expect(result).toHaveEffect("charge", { times: 1, key: "order-123" });
 * ```
 */
export function recordEffect(name: string, key?: string, data?: unknown): void {
  if (typeof name !== "string" || name === "") {
    throw new InvalidArgumentError(`recordEffect: ${describeValue(name)} is no name of an effect.`);
  }
  if (key !== undefined && typeof key !== "string") {
    throw new InvalidArgumentError(
      `recordEffect(${JSON.stringify(name)}): the key ${describeValue(key)} is no text. What else there is to say goes into the third argument.`,
    );
  }
  const scope = currentScope();
  if (scope === undefined) {
    throw new EffectOutsideExecutionError(
      `recordEffect(${JSON.stringify(name)}): no handler is running around this call. Call it in a fake that handler code calls; a runner with globals: "real" cannot tell which execution that is.`,
    );
  }
  scope.host.effect(name, key, asItIsNow(data));
}

/** How often each effect happened, by name and key: `charge o-1`. */
export function effectCounts(effects: readonly Effect[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name, key } of effects) {
    const effect = key === undefined ? name : `${name} ${key}`;
    counts.set(effect, (counts.get(effect) ?? 0) + 1);
  }
  return counts;
}

/** An effect was recorded where no handler is running. */
export class EffectOutsideExecutionError extends DurableError {
  override readonly name = "EffectOutsideExecutionError";
  readonly code = "EFFECT_OUTSIDE_EXECUTION";
}
