import { asError, DurableError } from "../errors.ts";
import type { PromiseWatch } from "../client/service-client.ts";
import type { ContextScope } from "./scope.ts";
import { runningStep, type StepBody } from "./step-body.ts";
import { awaitingFrames, tellWhere } from "./user-frames.ts";

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
  /** Its operation, for as long as somebody wants to know when it is first awaited. */
  #watched: { readonly id: string; readonly watch: PromiseWatch } | undefined;
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
    this.#tellAwaited();
    if (this.#maker !== undefined) this.#restIn(runningStep.getStore(), this.#maker);
  }

  #tellAwaited(): void {
    this.#watched?.watch.awaited(this.#watched.id);
    this.#watched = undefined;
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

  /**
   * Makes one, with the functions that settle it.
   *
   * @param id - of the operation that it stands for in the user's hands.
   */
  static open<T>(
    maker: ContextScope | StepBody,
    { id, awaited }: { readonly id?: string; readonly awaited?: () => void } = {},
  ): OpenOperation<T> {
    let settle: { resolve: (value: T | PromiseLike<T>) => void };
    const promise = new OperationPromise<T>((resolve) => {
      settle = { resolve };
    });
    promise.#maker = maker;
    promise.#awaited = awaited;
    const { watch } = maker.execution;
    if (watch !== undefined && id !== undefined) {
      watch.made(id);
      promise.#watched = { id, watch };
    }
    return {
      promise,
      resolve: (value, failures = []) => {
        promise.#settles();
        settle.resolve(failures.length === 0 ? value : promise.#told(failures, () => value));
      },
      reject: (error) => {
        promise.#settles();
        const failure = asError(error);
        settle.resolve(
          promise.#told([failure], () => {
            throw failure;
          }),
        );
      },
    };
  }

  /** One that has failed before anything was recorded. */
  static failed<T>(error: unknown): Promise<T> {
    if (DurableError.is(error)) tellWhere(error, []);
    const promise = new OperationPromise<T>((_, reject) => reject(error));
    promise.#handle();
    return promise;
  }

  /** An outcome whose errors know where this promise is awaited. */
  #told(errors: readonly Error[], outcome: () => T | PromiseLike<T>): PromiseLike<T> {
    const adopted = Promise.resolve().then(() => {}); // by then this promise follows the one below
    return adopted.then(() => {
      const frames = awaitingFrames();
      this.#handle();
      for (const error of errors) if (DurableError.is(error)) tellWhere(error, frames);
      return outcome();
    });
  }

  /** Not `this.then`: that would be somebody waiting. */
  #handle(): void {
    void Promise.prototype.then.call(this, undefined, () => {});
  }
}

/** A promise of an operation with the functions that settle it. */
export interface OpenOperation<T> {
  readonly promise: Promise<T>;
  /** @param failures - errors in the value: they are told where it is awaited, as one that rejects is. */
  readonly resolve: (value: T | PromiseLike<T>, failures?: readonly Error[]) => void;
  readonly reject: (error: unknown) => void;
}
