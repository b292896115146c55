import type { ServiceClient } from "./client/service-client.ts";
import {
  checkedConfig,
  flag,
  objectWith,
  type Options,
  serdes as serdesOption,
} from "./check/config.ts";
import type { DurableContext } from "./context.ts";
import { DurableContextImpl } from "./context-impl.ts";
import { describeValue } from "./describe-value.ts";
import {
  InvalidArgumentError,
  messageOf,
  NotDurableInvocationError,
  ServiceCallError,
} from "./errors.ts";
import type { Logger } from "./logger.ts";
import { requireNode } from "./node-version.ts";
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
} from "./protocol/invocation.ts";
import type { ServiceLimits } from "./protocol/limits.ts";
import type { Operation } from "./protocol/operation.ts";
import { errorForCheckpoint } from "./replay/checkpoint-error.ts";
import { Execution, type InvocationEnd } from "./replay/execution.ts";
import { loadOperations, OperationHistory } from "./replay/history.ts";
import { LambdaInvocation } from "./replay/lambda-invocation.ts";
import { OperationPath } from "./replay/operation-id.ts";
import { ContextScope, runningScope } from "./replay/scope.ts";
import { runningStep } from "./replay/step-body.ts";
import { MOST_BYTES_A_CHARACTER, OTHER_BYTES } from "./replay/update-size.ts";
import { exceeds, jsonSerdes, type Serdes, serialize } from "./serdes.ts";

requireNode(process.versions.node);

/** Settings of a durable handler. */
export interface DurableExecutionConfig {
  /** Where `context.logger` writes. Default: `console`. */
  readonly logger?: Logger | undefined;
  /** Whether `context.logger` writes while the handler replays, too. Default: no, each line is written once. */
  readonly logWhileReplaying?: boolean | undefined;
  /**
   * The service to checkpoint with, unless the invocation brings one. Default: AWS Lambda, through
   * `@aws-sdk/client-lambda` with the settings of the environment.
   */
  readonly client?: ServiceClient | undefined;
  /**
   * Used for every value that has no `serdes` of its own. Default: JSON.
   *
   * Types do not know of it: what an operation gives is typed as JSON leaves it, unless the operation has a
   * `serdes` of its own.
   */
  readonly serdes?: Serdes<unknown> | undefined;
}

const handlerOptions: Options<DurableExecutionConfig> = {
  logger: objectWith("debug", "info", "warn", "error"),
  logWhileReplaying: flag,
  client: objectWith("checkpoint", "getExecutionState"),
  serdes: serdesOption,
};

declare const types: unique symbol;

/** A handler as the service invokes it. Deploy it as it is; test it with a runner. */
export interface DurableHandler<Input, Output> {
  (event: unknown, lambdaContext?: unknown): Promise<DurableExecutionInvocationOutput>;
  /** Types only: lets a test runner infer them. */
  readonly [types]?: { readonly input: Input; readonly output: Output };
}

const brand = Symbol.for("durabletest.handler");

/**
 * Makes a durable handler of an async function.
 *
 * The function runs for as long as its operations take, over as many invocations as that needs. It must
 * be deterministic outside its steps. What it returns is serialised; what it throws fails the execution.
 *
 * @throws InvalidArgumentError when `handler` is no function, or a setting cannot be right.
 *
 * @example
 * ```ts
 * export const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
 *   const approval = await context.createCallback<Approval>("approval", { timeout: { hours: 48 } });
 *   await context.step("ask", () => sendForApproval(order, approval.callbackId));
 *   const answer = await approval.result();
 *   return answer?.approved === true ? "shipped" : "rejected";
 * });
 * ```
 */
export function withDurableExecution<Input = unknown, Output = unknown>(
  handler: (input: Input, context: DurableContext) => Promise<Output>,
  config: DurableExecutionConfig = {},
): DurableHandler<Input, Output> {
  if (typeof handler !== "function") {
    throw new InvalidArgumentError(
      `withDurableExecution: ${describeValue(handler)} is no function. Give it the handler: async (input, context) => result.`,
    );
  }
  if (isDurableHandler(handler)) {
    throw new InvalidArgumentError(
      "withDurableExecution: the handler is wrapped already. Give it the function itself: async (input, context) => result.",
    );
  }
  checkedConfig(() => "withDurableExecution", config, handlerOptions);
  const paths = new OperationPath();
  let lambda: ServiceClient | undefined;
  const durable = async (
    event: unknown,
    lambdaContext?: unknown,
  ): Promise<DurableExecutionInvocationOutput> => {
    const input = invocationInput(event);
    const client = clientOf(event) ?? config.client ?? (lambda ??= await loadLambdaClient());
    return invoke(handler as UserHandler, { input, lambdaContext, client, config, paths });
  };
  Object.defineProperty(durable, brand, { value: true });
  return durable;
}

type UserHandler = (input: unknown, context: DurableContext) => Promise<unknown>;

/** Whether a value was made by {@link withDurableExecution}, of this or another copy of the package. */
export function isDurableHandler(value: unknown): value is DurableHandler<unknown, unknown> {
  return typeof value === "function" && brand in value;
}

async function invoke(
  handler: UserHandler,
  invocation: {
    readonly input: DurableExecutionInvocationInput;
    readonly lambdaContext: unknown;
    readonly client: ServiceClient;
    readonly config: DurableExecutionConfig;
    readonly paths: OperationPath;
  },
): Promise<DurableExecutionInvocationOutput> {
  const { input, lambdaContext, client, config, paths } = invocation;
  const [root, ...operations] = await allOperations(input, client);
  const serdes = (config.serdes ?? jsonSerdes) as Serdes<never>;
  type End = InvocationEnd | Awaited<ReturnType<typeof run>>;
  let onEnd: (end: End | Promise<End>) => void = () => {};
  const ended = new Promise<End>((resolve) => {
    onEnd = resolve;
  });
  const execution = new Execution({
    arn: input.DurableExecutionArn,
    token: input.CheckpointToken,
    client,
    history: new OperationHistory(operations),
    isReplay: operations.length > 0,
    updatedIds: input.UpdatedOperationIds ?? [],
    lambda: new LambdaInvocation({
      executionArn: input.DurableExecutionArn,
      lambdaContext,
      logger: config.logger,
      logged: client.logged?.bind(client),
      logWhileReplaying: config.logWhileReplaying ?? false,
    }),
    runningStep: () => runningStep.getStore()?.attemptId,
    onEnd,
  });
  const returned = run(handler, { root, scope: new ContextScope(execution, paths), serdes });
  returned.then(onEnd, () => onEnd(returned));
  const end = await ended;
  switch (end.kind) {
    case "returned":
      return end.output;
    case "suspended":
      return { Status: "PENDING" };
    case "failed":
      return { Status: "FAILED", Error: errorForCheckpoint(end.error) };
    case "faulted":
      throw end.error;
  }
}

/** Loaded when it is needed: nothing that imports this package pays for the AWS client otherwise. */
async function loadLambdaClient(): Promise<ServiceClient> {
  try {
    const { lambdaServiceClient } = await import("./client/lambda-client.ts");
    return lambdaServiceClient();
  } catch (cause) {
    throw new ServiceCallError(
      `The handler was invoked by Lambda and was given no client, and the AWS client cannot be loaded: ${messageOf(cause)} Install @aws-sdk/client-lambda 3.1014 or later, or bring a client: withDurableExecution(handler, { client }).`,
      { cause },
    );
  }
}

/** Runs the user's function to its end, which may never come: the invocation may be suspended first. */
async function run(
  handler: UserHandler,
  options: {
    readonly root: Operation;
    readonly scope: ContextScope;
    readonly serdes: Serdes<never>;
  },
): Promise<{ readonly kind: "returned"; readonly output: DurableExecutionInvocationOutput }> {
  const { root, scope, serdes } = options;
  const { execution } = scope;
  const context = new DurableContextImpl(scope, serdes);
  let output: DurableExecutionInvocationOutput;
  try {
    const payload: unknown = JSON.parse(root.ExecutionDetails?.InputPayload ?? "{}");
    const value = await runningScope.run(scope, () => handler(payload, context));
    const Result = await serialize(execution, serdes, value, "the handler");
    output = { Status: "SUCCEEDED", Result };
  } catch (error) {
    output = { Status: "FAILED", Error: errorForCheckpoint(error) };
  }
  await execution.flush();
  if (execution.observed) await execution.heardOut();
  if (output.Status === "SUCCEEDED") execution.watch?.handlerReturned();
  if (output.Status === "SUCCEEDED" && isTooLarge(output, execution.limits)) {
    await execution.checkpointed({
      Id: `execution-result-${root.Id}`,
      Type: "EXECUTION",
      Action: "SUCCEED",
      Payload: output.Result,
    });
    output = { Status: "SUCCEEDED", Result: "" };
  }
  execution.close();
  return { kind: "returned", output };
}

/** An answer is JSON, in which a result, JSON itself, is quoted once more. */
function isTooLarge(
  output: DurableExecutionInvocationOutput & { readonly Status: "SUCCEEDED" },
  { responseBytes }: ServiceLimits,
): boolean {
  const { length } = output.Result ?? "";
  if (length * MOST_BYTES_A_CHARACTER + OTHER_BYTES <= responseBytes) return false;
  return length > responseBytes || exceeds(JSON.stringify(output), responseBytes);
}

async function allOperations(
  input: DurableExecutionInvocationInput,
  client: ServiceClient,
): Promise<readonly [Operation, ...Operation[]]> {
  const [root, ...rest] = await loadOperations(input, client);
  if (root?.Type === "EXECUTION") return [root, ...rest];
  throw new NotDurableInvocationError(
    "The invocation's state does not begin with the EXECUTION operation.",
  );
}

function invocationInput(event: unknown): DurableExecutionInvocationInput {
  if (
    typeof event === "object" &&
    event !== null &&
    "DurableExecutionArn" in event &&
    "CheckpointToken" in event &&
    "InitialExecutionState" in event
  ) {
    return event as DurableExecutionInvocationInput;
  }
  throw new NotDurableInvocationError(
    `A durable handler was invoked with ${describeValue(event)}, which is no durable invocation. In a test, give it to a DurableTestRunner; on AWS Lambda, turn on durable execution for the function.`,
  );
}

/** A test harness plays the service by bringing the client along; JSON from a network cannot. */
function clientOf(event: unknown): ServiceClient | undefined {
  const client: unknown =
    typeof event === "object" && event !== null && "durableExecutionClient" in event
      ? event.durableExecutionClient
      : undefined;
  return typeof client === "object" &&
    client !== null &&
    "checkpoint" in client &&
    typeof client.checkpoint === "function"
    ? (client as ServiceClient)
    : undefined;
}
