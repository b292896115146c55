/**
 * The promise of a durable operation.
 *
 * It tells when somebody begins to wait for it, because an invocation may suspend only while
 * somebody does; and its rejection is never "unhandled", because an operation that nobody waits for
 * is not an accident. What `then`, `catch` and `finally` return are ordinary promises.
 *
 * `await` looks at a promise's `constructor` to learn whether it may use it as it is, without calling
 * `then`. That look is where an `await` shows; being told that this is an ordinary promise, it goes on as
 * fast as with one.
 */
export class OperationPromise<T> extends Promise<T> {
  #awaited: (() => void) | undefined;

  static {
    void Object.defineProperty(this.prototype, "constructor", {
      get(this: OperationPromise<unknown>) {
        this.#noticeAwaiting();
        return Promise;
      },
    });
  }

  override then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#noticeAwaiting();
    return super.then(onFulfilled, onRejected);
  }

  #noticeAwaiting(): void {
    const awaited = this.#awaited;
    if (awaited === undefined) return;
    this.#awaited = undefined;
    awaited();
  }

  /** Makes one, with the functions that settle it. */
  static open<T>(awaited?: () => void): OpenOperation<T> {
    let settle: { resolve: OpenOperation<T>["resolve"]; reject: (error: unknown) => void };
    const promise = new OperationPromise<T>((resolve, reject) => {
      settle = { resolve, reject };
    });
    promise.#awaited = awaited;
    return {
      promise,
      resolve: (value) => settle.resolve(value),
      reject: (error) => {
        promise.#awaited = undefined; // the next line is not somebody waiting
        void Promise.prototype.then.call(promise, undefined, () => {});
        settle.reject(error);
      },
    };
  }

  /** One that has failed before anything was recorded. */
  static failed<T>(error: unknown): Promise<T> {
    const { promise, reject } = OperationPromise.open<T>();
    reject(error);
    return promise;
  }
}

/** A promise of an operation with the functions that settle it. */
export interface OpenOperation<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (error: unknown) => void;
}
