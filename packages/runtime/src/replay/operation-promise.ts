import type { ContextScope } from "./scope.ts";
import { runningStep, type StepBody } from "./step-body.ts";

/**
 * The promise of a durable operation.
 *
 * It tells whenever somebody begins to wait for it, because an invocation may suspend only while
 * somebody does; a step's function that waits for it, though it was made outside of that, rests until it
 * settles. Its rejection is never "unhandled", because an operation that nobody waits for
 * is not an accident. What `then`, `catch` and `finally` return are ordinary promises.
 *
 * `await` looks at a promise's `constructor` to learn whether it may use it as it is, without calling
 * `then`. That look is where an `await` shows; being told that this is an ordinary promise, it goes on as
 * fast as with one.
 */
export class OperationPromise<T> extends Promise<T> {
  #awaited: (() => void) | undefined;
  /** Who made it; nobody once it has been settled. */
  #maker: ContextScope | StepBody | undefined;
  /** Functions of steps that wait for it. */
  #resting: StepBody[] | undefined;

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
    this.#awaited?.();
    if (this.#maker !== undefined) this.#restIn(runningStep.getStore(), this.#maker);
  }

  #restIn(body: StepBody | undefined, maker: ContextScope | StepBody): void {
    if (body === undefined || body === maker) return;
    if (body.execution !== maker.execution || this.#resting?.includes(body) === true) return;
    body.restBegins();
    (this.#resting ??= []).push(body);
  }

  #settles(): void {
    this.#awaited = undefined;
    this.#maker = undefined;
    for (const body of this.#resting ?? []) body.restEnds();
    this.#resting = undefined;
  }

  /** Makes one, with the functions that settle it. */
  static open<T>(maker: ContextScope | StepBody, awaited?: () => void): OpenOperation<T> {
    let settle: { resolve: OpenOperation<T>["resolve"]; reject: (error: unknown) => void };
    const promise = new OperationPromise<T>((resolve, reject) => {
      settle = { resolve, reject };
    });
    promise.#maker = maker;
    promise.#awaited = awaited;
    return {
      promise,
      resolve: (value) => {
        promise.#settles();
        settle.resolve(value);
      },
      reject: (error) => {
        promise.#settles(); // also because the next line is not somebody waiting
        void Promise.prototype.then.call(promise, undefined, () => {});
        settle.reject(error);
      },
    };
  }

  /** One that has failed before anything was recorded. */
  static failed<T>(error: unknown): Promise<T> {
    const promise = new OperationPromise<T>((_, reject) => reject(error));
    void Promise.prototype.then.call(promise, undefined, () => {});
    return promise;
  }
}

/** A promise of an operation with the functions that settle it. */
export interface OpenOperation<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (error: unknown) => void;
}
