import type { DurableHandler, ErrorObject } from "@durabletest/runtime";
import type { CallbackHandle } from "./callback-handle.ts";
import type { RunnerOptions, RunOptions } from "./options.ts";
import type { DurableResult } from "./result.ts";
import type { CallbackScript } from "./script.ts";
import type { Scripted } from "./scripted.ts";
import type { StepScript } from "./step-script.ts";
import type { StepHandle } from "./step-handle.ts";

/**
 * What a durable function deals with, said to the compiler: see `DurableTestRunner.typed`.
 *
 * @example
 * ```ts
 * interface OrderTypes {
 *   handler: typeof handler;
 *   callbacks: { approval: { approved: boolean }; pickup: undefined };
 *   steps: { charge: { receipt: string } };
 * }
 * ```
 */
export interface DurableTypes {
  /** What its callbacks are answered with, by the name that each of them answers to. Default: any name, anything. */
  readonly callbacks?: object;
  /** What its steps return, by name or path. Default: any name, `unknown`. */
  readonly steps?: object;
  /**
   * Where its input and its output are taken from: `typeof handler`, or, of AWS's SDK, whose handlers do not
   * say, the function that `withDurableExecution` was given.
   */
  readonly handler?: (...args: never[]) => unknown;
  /** Its input, where `handler` does not say. */
  readonly input?: unknown;
  /** Its output, where `handler` does not say. */
  readonly output?: unknown;
}

/** The input of a durable function. */
export type InputOf<Types extends DurableTypes> = Types extends { readonly input: infer Input }
  ? Input
  : HandlerTypes<Types>["input"];

/** The output of a durable function. */
export type OutputOf<Types extends DurableTypes> = Types extends { readonly output: infer Output }
  ? Output
  : HandlerTypes<Types>["output"];

interface Unknown {
  readonly input: unknown;
  readonly output: unknown;
}

type HandlerTypes<Types extends DurableTypes> = Types extends { readonly handler: infer Handler }
  ? Handler extends DurableHandler<infer Input, infer Output>
    ? { readonly input: Input; readonly output: Output }
    : Handler extends (input: infer Input, ...rest: never[]) => Promise<infer Output>
      ? // Of AWS's SDK, wrapped: its event is no input.
        Input extends { readonly DurableExecutionArn: string }
        ? Unknown
        : { readonly input: Input; readonly output: Output }
      : Unknown
  : Unknown;

/** What callbacks are answered with, by name. */
export type CallbacksOf<Types extends DurableTypes> = Types extends {
  readonly callbacks: infer Callbacks;
}
  ? Callbacks
  : Readonly<Record<string, unknown>>;

/** What steps return, by name. */
export type StepsOf<Types extends DurableTypes> = Types extends { readonly steps: infer Steps }
  ? Steps
  : Readonly<Record<string, unknown>>;

/** The names of callbacks. */
export type CallbackNameOf<Types extends DurableTypes> = keyof CallbacksOf<Types> & string;

/** The names of steps. */
export type StepNameOf<Types extends DurableTypes> = keyof StepsOf<Types> & string;

/** Scripts, in which the names of callbacks and steps are checked. */
export interface TypedScripted<Types extends DurableTypes> {
  /** What the outside world does, by callback name. */
  readonly callbacks?:
    | { readonly [Name in CallbackNameOf<Types>]?: CallbackScript | undefined }
    | undefined;
  /** What attempts of steps do, by step name or path. */
  readonly steps?: { readonly [Name in StepNameOf<Types>]?: StepScript | undefined } | undefined;
}

/** {@link RunnerOptions}, in which the names of callbacks and steps are checked. */
export interface TypedRunnerOptions<Types extends DurableTypes>
  extends Omit<RunnerOptions, keyof Scripted>, TypedScripted<Types> {}

/** {@link RunOptions}, in which the names of callbacks and steps are checked. */
export interface TypedRunOptions<Types extends DurableTypes>
  extends Omit<RunOptions, keyof Scripted>, TypedScripted<Types> {}

/** {@link CallbackHandle}, which takes the payload of its callback and no other. */
export interface TypedCallbackHandle<Payload, Output> extends Omit<
  CallbackHandle<Output>,
  "succeed"
> {
  /** `runner.sendCallbackSuccess`, for this callback: completes it and goes on, as `run()` does. */
  succeed(
    ...payload: undefined extends Payload ? [payload?: Payload] : [payload: Payload]
  ): Promise<DurableResult<Output>>;
  /** `runner.sendCallbackFailure`, for this callback: fails it and goes on, as `run()` does. */
  fail(error: Error | ErrorObject): Promise<DurableResult<Output>>;
}

/** {@link StepHandle}, which knows what its step returns. */
export interface TypedStepHandle<Result> extends Omit<StepHandle, "result"> {
  /** What it returned; `undefined` as long as it has not. */
  readonly result: Result | undefined;
}
