/** A promise that says when somebody asks for its outcome: `await` calls `then` of what is no plain promise. */
export class WatchedPromise<T> extends Promise<T> {
  /** What is derived from it is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #awaited: (() => void) | undefined;

  /** Calls back whenever somebody asks. */
  whenAwaited(awaited: () => void): this {
    this.#awaited = awaited;
    return this;
  }

  /** Nobody need hear of its rejection. */
  silence(): void {
    void super.then(undefined, () => {});
  }

  override then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#awaited?.();
    return super.then(onFulfilled, onRejected);
  }
}
