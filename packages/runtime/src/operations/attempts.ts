import { AsyncLocalStorage } from "node:async_hooks";
import { asError, DurableError } from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { isEnded, type Operation } from "../protocol/operation.ts";
import type { OperationAction, OperationUpdate } from "../protocol/update.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import type { OperationRequest } from "../replay/consistency.ts";
import { type OpenOperation, OperationPromise } from "../replay/operation-promise.ts";
import { OutsideWait } from "../replay/outside-wait.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import { runningStep, StepBody } from "../replay/step-body.ts";
import { tellWhere } from "../replay/user-frames.ts";
import { assertPayloadFits, deserialize, type Serdes, serialize } from "../serdes.ts";
import { settleFrom } from "./settle.ts";

/** What follows an attempt: the end of the operation, or another attempt after a while. */
type AfterAttempt = "end" | { readonly againInSeconds: number };

/** What makes a STEP operation the kind of step it is. */
export interface AttemptedOperation<T> {
  readonly name: string | undefined;
  readonly subType: string;
  /** What it is called in messages: `step "charge"`. */
  readonly what: string;
  readonly atMostOnce: boolean;
  readonly serdes: Serdes<never>;
  /** One attempt; gets what the attempt before has left behind. */
  readonly body: (running: StepBody, left: string | undefined) => T | Promise<T>;
  /** What it threw fails the operation. */
  readonly succeeded: (
    text: string | undefined,
    attempt: number,
  ) => AfterAttempt | Promise<AfterAttempt>;
  /** What it threw fails the operation, instead of the error of the attempt. */
  readonly failed: (error: Error, attempt: number) => AfterAttempt;
  /** What an at-most-once attempt fails with that was interrupted. */
  readonly interrupted: () => Error;
  /** What handler code sees of a failure. */
  readonly toError: (error: ErrorObject, cause: Error) => Error;
}

/** Runs a function, with other attempts if need be, and remembers how it ended. */
export function attempts<T>(
  scope: ContextScope,
  place: Place,
  operation: AttemptedOperation<T>,
): Promise<T> {
  return new Attempts(scope, place, operation).start();
}

/**
 * One STEP operation of one invocation.
 *
 * Owns: the attempts. What has been recorded decides where it goes on:
 * nothing → first attempt; STARTED → the body again, or an interruption; PENDING → wait for the next
 * attempt; READY → the next attempt; ended → the outcome.
 */
class Attempts<T> {
  readonly #scope: ContextScope;
  readonly #place: Place;
  readonly #operation: AttemptedOperation<T>;
  readonly #request: OperationRequest;
  readonly #outside: OutsideWait;
  readonly #open: OpenOperation<T>;

  constructor(scope: ContextScope, place: Place, operation: AttemptedOperation<T>) {
    this.#scope = scope;
    this.#place = place;
    this.#operation = operation;
    this.#request = {
      Id: place.id,
      ParentId: place.parentId,
      Name: operation.name,
      Type: "STEP",
      SubType: operation.subType,
    };
    this.#outside = new OutsideWait(scope);
    this.#open = OperationPromise.open<T>(scope, { id: place.id, awaited: this.#outside.awaited });
  }

  start(): Promise<T> {
    const recorded = this.#scope.execution.recall(this.#request);
    if (this.#scope.isOver(recorded)) return this.#open.promise;
    if (recorded === undefined) this.#attempt(1, "START", undefined);
    else this.#resumeFrom(recorded);
    return this.#open.promise;
  }

  #resumeFrom(recorded: Operation): void {
    const { Status, StepDetails } = recorded;
    const attempt = (StepDetails?.Attempt ?? 0) + 1;
    switch (Status) {
      case "STARTED":
        if (this.#operation.atMostOnce) this.#failed(this.#operation.interrupted(), attempt);
        else this.#attempt(attempt, "go on", StepDetails?.Result);
        return;
      case "READY":
        this.#attempt(attempt, "START", StepDetails?.Result);
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
      this.#resumeFrom(known); // so soon that the answer to the RETRY tells it
      return;
    }
    // The next attempt must see what the caller of the step sees, not what the tick sees.
    const inCallersContext = AsyncLocalStorage.snapshot();
    this.#outside.opens();
    this.#scope.execution.whenChanged(this.#place.id, (operation) => {
      this.#outside.closes();
      inCallersContext(() => this.#resumeFrom(operation));
    });
  }

  /**
   * Runs the body. Its START leaves at once, or together with the end of a body that takes no time; an
   * at-most-once step waits until the service has taken it.
   */
  #attempt(attempt: number, begin: "START" | "go on", left: string | undefined): void {
    const { execution, closed } = this.#scope;
    if (execution.observed || closed) return;
    const body = new StepBody({
      scope: this.#scope,
      name: this.#operation.name,
      what: this.#operation.what,
      attempt,
      atMostOnce: this.#operation.atMostOnce,
      place: this.#place,
    });
    if (begin === "go on") {
      void this.#run(body, left);
      return;
    }
    const start = this.#update("START");
    if (body.atMostOnce) {
      void execution.checkpointed(start).then(() => {
        if (this.#scope.sealed) {
          body.end();
        } else if (this.#isOver()) {
          body.end(); // another sandbox has run it: that START was taken is no proof that it was this one's
          this.#untilReady();
        } else {
          void this.#run(body, left);
        }
      });
    } else {
      execution.checkpoint(start);
      void this.#run(body, left);
    }
  }

  /** Whether the service says that the attempt has ended. */
  #isOver(): boolean {
    const status = this.#scope.execution.history.get(this.#place.id)?.Status ?? "STARTED";
    return status === "PENDING" || isEnded(status);
  }

  async #run(body: StepBody, left: string | undefined): Promise<void> {
    const { what, serdes, succeeded } = this.#operation;
    let payload: string | undefined;
    let next: AfterAttempt;
    const { execution } = this.#scope;
    let settles = (): void => {};
    const run = (): T | Promise<T> => {
      settles = () => {
        settles = () => {};
        execution.tellBodyRuns(this.#place.id, "settles");
      };
      execution.tellBodyRuns(this.#place.id, "begins");
      return this.#operation.body(body, left);
    };
    try {
      // A promise that the body returns is waited for in there.
      const result = await runningStep.run(body, () =>
        Promise.resolve(this.#instead(body, run, () => settles()) ?? run()),
      );
      settles();
      const text = serialize(execution, serdes, result, what);
      payload = typeof text === "object" ? await text : text;
      assertPayloadFits(payload, what, this.#scope.execution.limits);
      const after = succeeded(payload, body.attempt);
      next = after instanceof Promise ? await after : after;
    } catch (error) {
      settles();
      if (!execution.ended) this.#failed(asError(error), body.attempt);
      body.end();
      return;
    }
    if (next === "end") {
      this.#close(this.#update("SUCCEED", { Payload: payload }), () => this.#succeed(payload));
    } else {
      this.#again(next.againInSeconds, { Payload: payload });
    }
    body.end();
  }

  /** What somebody in the process does in the place of the body. */
  #instead(
    { attempt }: StepBody,
    run: () => T | Promise<T>,
    settled: () => void,
  ): Promise<T> | undefined {
    const { Id, ParentId, Name } = this.#request;
    const about = {
      operationId: Id,
      parentId: ParentId,
      name: Name,
      attempt,
      around: () => this.#scope.around,
    };
    return this.#scope.execution.runBody?.(about, async () => {
      try {
        return await run();
      } finally {
        settled();
      }
    }) as Promise<T> | undefined;
  }

  #failed(error: Error, attempt: number): void {
    if (DurableError.is(error)) tellWhere(error, []); // a strategy may log it
    let next: AfterAttempt = "end";
    let failure = error;
    try {
      next = this.#operation.failed(error, attempt);
    } catch (thrown) {
      failure = asError(thrown); // the strategy itself is broken: that is what must be mended
    }
    const object = errorForCheckpoint(failure, this.#scope.execution.limits);
    if (next === "end") {
      this.#close(this.#update("FAIL", { Error: object }), () => this.#fail(object));
    } else {
      this.#again(next.againInSeconds, { Error: object });
    }
  }

  #again(seconds: number, details: Pick<OperationUpdate, "Payload" | "Error">): void {
    const resume = AsyncLocalStorage.snapshot();
    const StepOptions = { NextAttemptDelaySeconds: seconds };
    this.#scope.checkpoint(this.#update("RETRY", { ...details, StepOptions }), () =>
      resume(() => this.#untilReady()),
    );
  }

  #close(update: OperationUpdate, settle: () => void): void {
    if (this.#scope.sealed) return;
    this.#scope.execution.checkpoint(update);
    this.#scope.execution.whenChanged(this.#place.id, settle);
  }

  #finish(operation: Operation): void {
    const { Result, Error: error } = operation.StepDetails ?? {};
    if (operation.Status === "SUCCEEDED") this.#succeed(Result);
    else this.#fail(error ?? {});
  }

  #succeed(payload: string | undefined): void {
    const { serdes, what } = this.#operation;
    const { resolve, reject } = this.#open;
    settleFrom(
      () => deserialize(this.#scope.execution, serdes, payload, what) as T | Promise<T>,
      resolve,
      reject,
    );
  }

  #fail(error: ErrorObject): void {
    this.#open.reject(this.#operation.toError(error, errorFromObject(error)));
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
