import type { Serialized } from "./serialized.ts";

/**
 * `Promise.all`, `allSettled`, `any` and `race`, with an outcome that is recorded: on a replay it is there
 * without the promises.
 *
 * Give them promises of operations, or of code that does nothing but operations.
 */
export interface DurablePromises {
  /**
   * Waits for all, or for the first to reject.
   *
   * @throws PromiseCombinatorError when one rejects; `cause` is its error.
   *
   * @example
   * ```ts
   * const [stock, price] = await context.promise.all("offer", [
   *   context.step("stock", () => warehouse.stock(item)),
   *   context.step("price", () => catalogue.price(item)),
   * ]);
   * ```
   */
  all<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: Serialized<Awaited<T[Key]>> }>;
  all<T extends readonly unknown[] | []>(
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: Serialized<Awaited<T[Key]>> }>;

  /** Waits for all, and tells how each has settled. A reason comes back as an `Error`. */
  allSettled<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: PromiseSettledResult<Serialized<Awaited<T[Key]>>> }>;
  allSettled<T extends readonly unknown[] | []>(
    promises: T,
  ): Promise<{ -readonly [Key in keyof T]: PromiseSettledResult<Serialized<Awaited<T[Key]>>> }>;

  /**
   * Waits for the first to fulfil.
   *
   * @throws PromiseCombinatorError when all reject; `cause` is an `AggregateError` of their errors.
   */
  any<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<Serialized<Awaited<T[number]>>>;
  any<T extends readonly unknown[] | []>(promises: T): Promise<Serialized<Awaited<T[number]>>>;

  /**
   * Waits for the first to settle. What the others stand for goes on.
   *
   * @throws PromiseCombinatorError when the first one rejects; `cause` is its error.
   * @throws InvalidArgumentError when there is none: it would wait for ever.
   *
   * @example
   * ```ts
   * const answer = await context.promise.race("answer", [
   *   approval.result(),
   *   context.wait("an hour", { hours: 1 }).then(() => "nobody"),
   * ]);
   * ```
   *
   * A test says who comes first: `run()` stops before the hour is over, as long as nobody has answered.
   * `runner.callback("approval").succeed(…)` is an answer in time, `runner.advance({ hours: 1 })` none.
   */
  race<T extends readonly unknown[] | []>(
    name: string | undefined,
    promises: T,
  ): Promise<Serialized<Awaited<T[number]>>>;
  race<T extends readonly unknown[] | []>(promises: T): Promise<Serialized<Awaited<T[number]>>>;
}
