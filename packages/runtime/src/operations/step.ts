import { AsyncLocalStorage } from "node:async_hooks";
import type { StepConfig } from "../context.ts";
import {
  asError,
  InvalidArgumentError,
  describeValue,
  StepCannotWaitError,
  StepError,
  StepInterruptedError,
  SerdesError,
  PayloadTooLargeError,
} from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { type Operation, OperationSubType } from "../protocol/operation.ts";
import type { OperationAction, OperationUpdate } from "../protocol/update.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import type { OperationRequest } from "../replay/consistency.ts";
import { type OpenOperation, OperationPromise } from "../replay/operation-promise.ts";
import {
  type ContextScope,
  OutsideWait,
  type Place,
  runningStep,
  StepBody,
} from "../replay/scope.ts";
import { defaultRetryStrategy, type RetryDecision } from "../retry.ts";
import { roundedDelaySeconds } from "../duration.ts";
import { assertPayloadFits, deserialize, type Serdes, serialize } from "../serdes.ts";

interface StepOptions<T> {
  readonly name: string | undefined;
  readonly body: (step: StepBody) => T | Promise<T>;
  readonly config: StepConfig<T>;
  readonly serdes: Serdes<never>;
}

/** Runs a function once, as far as that is possible, and remembers its result. */
export function step<T>(scope: ContextScope, place: Place, options: StepOptions<T>): Promise<T> {
  return new Step(scope, place, options).start();
}

/**
 * One step of one invocation.
 *
 * Owns: the attempts. What has been recorded decides where it goes on:
 * nothing → first attempt; STARTED → the body again, or an interruption; PENDING → wait for the next
 * attempt; READY → the next attempt; ended → the outcome.
 */
class Step<T> {
  readonly #scope: ContextScope;
  readonly #place: Place;
  readonly #options: StepOptions<T>;
  readonly #request: OperationRequest;
  readonly #outside: OutsideWait;
  readonly #open: OpenOperation<T>;

  constructor(scope: ContextScope, place: Place, options: StepOptions<T>) {
    this.#scope = scope;
    this.#place = place;
    this.#options = options;
    this.#request = {
      Id: place.id,
      ParentId: place.parentId,
      Name: options.name,
      Type: "STEP",
      SubType: OperationSubType.STEP,
    };
    this.#outside = new OutsideWait(scope.execution);
    this.#open = OperationPromise.open<T>(scope.execution, this.#outside.awaited);
  }

  start(): Promise<T> {
    const recorded = this.#scope.execution.recall(this.#request);
    if (recorded === undefined) this.#attempt(1, "START");
    else this.#goOnFrom(recorded);
    return this.#open.promise;
  }

  #goOnFrom(recorded: Operation): void {
    const { Status, StepDetails } = recorded;
    const attempt = (StepDetails?.Attempt ?? 0) + 1;
    switch (Status) {
      case "STARTED":
        if (this.#options.config.semantics === "AtMostOncePerRetry") this.#interrupted(attempt);
        else this.#attempt(attempt, "go on");
        return;
      case "READY":
        this.#attempt(attempt, "START");
        return;
      case "PENDING":
        this.#untilReady();
        return;
      case "SUCCEEDED":
      case "FAILED":
      case "CANCELLED":
      case "TIMED_OUT":
      case "STOPPED":
        this.#scope.execution.whenChanged(recorded.Id, (operation) => this.#finish(operation));
    }
  }

  #untilReady(): void {
    const known = this.#scope.execution.history.get(this.#place.id);
    if (known?.Status === "READY") {
      this.#goOnFrom(known); // so soon that the answer to the RETRY tells it
      return;
    }
    // The next attempt must see what the caller of the step sees, not what the tick sees.
    const inCallersContext = AsyncLocalStorage.snapshot();
    this.#outside.opens();
    this.#scope.execution.whenChanged(this.#place.id, (operation) => {
      this.#outside.closes();
      inCallersContext(() => this.#goOnFrom(operation));
    });
  }

  /**
   * Runs the body. Its START leaves at once, or together with the end of a body that takes no time; an
   * at-most-once step waits until the service has taken it.
   */
  #attempt(attempt: number, begin: "START" | "go on"): void {
    if (this.#scope.execution.observed) return;
    const body = new StepBody({
      scope: this.#scope,
      stepName: this.#options.name,
      attempt,
      atMostOnce: this.#options.config.semantics === "AtMostOncePerRetry",
      place: this.#place,
    });
    if (begin === "go on") {
      void this.#run(body);
      return;
    }
    const start = this.#update("START");
    if (body.atMostOnce) {
      void this.#scope.execution.checkpointed(start).then(() => this.#run(body));
    } else {
      this.#scope.execution.checkpoint(start);
      void this.#run(body);
    }
  }

  async #run(body: StepBody): Promise<void> {
    let payload: string | undefined;
    try {
      // A promise that the body returns is waited for in there.
      const result = await runningStep.run(body, () => Promise.resolve(this.#options.body(body)));
      const text = serialize(this.#serdes, result, this.#what);
      payload = typeof text === "object" ? await text : text;
      assertPayloadFits(payload, this.#what);
    } catch (error) {
      if (!this.#scope.execution.ended) this.#failed(asError(error), body.attempt);
      body.end();
      return;
    }
    this.#close(this.#update("SUCCEED", { Payload: payload }), () => this.#succeed(payload));
    body.end();
  }

  #interrupted(attempt: number): void {
    const error = new StepInterruptedError(
      `${this.#what} was interrupted before its result was recorded: it may have done its work, or not. It is at-most-once, so it is not run again by itself.`,
    );
    this.#failed(error, attempt);
  }

  #failed(error: Error, attempt: number): void {
    let decision: RetryDecision;
    let failure = error;
    let delaySeconds = 0;
    try {
      decision = isFinal(error) ? { shouldRetry: false } : this.#decide(error, attempt);
      if (decision.shouldRetry) {
        delaySeconds = roundedDelaySeconds(decision.delay, `retry delay of ${this.#what}`);
      }
    } catch (thrown) {
      decision = { shouldRetry: false };
      failure = asError(thrown); // the strategy itself is broken: that is what must be mended
    }
    const object = errorForCheckpoint(failure);
    if (!decision.shouldRetry) {
      this.#close(this.#update("FAIL", { Error: object }), () => this.#fail(object));
      return;
    }
    const resume = AsyncLocalStorage.snapshot();
    this.#scope.execution.checkpoint(
      this.#update("RETRY", {
        Error: object,
        StepOptions: { NextAttemptDelaySeconds: delaySeconds },
      }),
      () => resume(() => this.#untilReady()),
    );
  }

  #decide(error: Error, attempt: number): RetryDecision {
    const strategy = this.#options.config.retryStrategy ?? defaultRetryStrategy;
    const decision: unknown = strategy(error, attempt);
    if (
      typeof decision === "object" &&
      decision !== null &&
      "shouldRetry" in decision &&
      typeof decision.shouldRetry === "boolean"
    ) {
      return decision as RetryDecision;
    }
    throw new InvalidArgumentError(
      `The retry strategy of ${this.#what} returned ${describeValue(decision)}; it must return { shouldRetry, delay? }.`,
      { cause: error },
    );
  }

  #close(update: OperationUpdate, settle: () => void): void {
    const { execution } = this.#scope;
    execution.checkpoint(update);
    execution.whenChanged(this.#place.id, settle);
  }

  #finish(operation: Operation): void {
    const { Result, Error: error } = operation.StepDetails ?? {};
    if (operation.Status === "SUCCEEDED") this.#succeed(Result);
    else this.#fail(error ?? {});
  }

  #succeed(payload: string | undefined): void {
    try {
      this.#open.resolve(deserialize(this.#serdes, payload, this.#what) as T);
    } catch (error) {
      this.#open.reject(error);
    }
  }

  #fail(error: ErrorObject): void {
    const cause = errorFromObject(error);
    this.#open.reject(
      StepCannotWaitError.is(cause) ? cause : new StepError(this.#options.name, error, { cause }),
    );
  }

  get #serdes(): Serdes<never> {
    return (this.#options.config.serdes as Serdes<never> | undefined) ?? this.#options.serdes;
  }

  get #what(): string {
    return this.#options.name === undefined ? "an unnamed step" : `step "${this.#options.name}"`;
  }

  #update(
    Action: OperationAction,
    details: Pick<OperationUpdate, "Payload" | "Error" | "StepOptions"> = {},
  ): OperationUpdate {
    const { Id, ParentId, Name, Type, SubType } = this.#request;
    const { Payload, Error: error, StepOptions } = details;
    return { Id, ParentId, Name, Type, SubType, Action, Payload, Error: error, StepOptions };
  }
}

/** Errors that another attempt would only repeat. */
function isFinal(error: Error): boolean {
  return StepCannotWaitError.is(error) || SerdesError.is(error) || PayloadTooLargeError.is(error);
}
