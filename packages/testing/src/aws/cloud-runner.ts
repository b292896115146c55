import type { LambdaClient } from "@aws-sdk/client-lambda";
import { CloudRun, type LambdaAccess } from "./cloud-run.ts";
import { InvocationType } from "./names.ts";
import { OperationStore } from "./operation-store.ts";
import { makeTestResult } from "./test-result.ts";
import type {
  DurableOperation,
  DurableTestRunner,
  InvokeRequest,
  TestResult,
  Untyped,
} from "./types.ts";

/** How a cloud runner asks Lambda. */
export interface CloudDurableTestRunnerConfig {
  /** Milliseconds between two looks at the execution's history. Default: 1000. */
  pollInterval?: number;
  /**
   * `RequestResponse`: the execution is looked at when it has ended. `Event`: at once, so that handles can
   * be waited for and callbacks answered. Default: `RequestResponse`.
   */
  invocationType?: InvocationType;
}

/** What a cloud runner is made of. */
export interface CloudDurableTestRunnerParameters {
  /** The name or ARN of the durable function. */
  functionName: string;
  /** Default: a client with the settings of the environment, made for the first run. */
  client?: LambdaClient;
  config?: CloudDurableTestRunnerConfig;
}

/**
 * Runs a durable function that is deployed to AWS Lambda, in real time, and follows its execution through
 * its history. Needs `@aws-sdk/client-lambda`, which is loaded by the first run.
 *
 * @typeParam TResult - what the handler returns.
 *
 * @example
 * ```ts
 * const runner = new CloudDurableTestRunner({
 *   functionName: "orders:live",
 *   config: { invocationType: InvocationType.Event },
 * });
 * const execution = runner.run({ payload: { orderId: "order-123" } });
 * const approval = runner.getOperation("approval");
 * await approval.waitForData(WaitingOperationStatus.SUBMITTED);
 * await approval.sendCallbackSuccess(JSON.stringify({ approved: true }));
 * (await execution).getResult();
 * ```
 */
export class CloudDurableTestRunner<TResult = Untyped> implements DurableTestRunner<
  DurableOperation,
  TResult
> {
  readonly #functionName: string;
  readonly #config: Required<CloudDurableTestRunnerConfig>;
  #client: LambdaClient | undefined;
  #store: OperationStore;

  constructor({ functionName, client, config }: CloudDurableTestRunnerParameters) {
    this.#functionName = functionName;
    this.#client = client;
    this.#config = {
      pollInterval: config?.pollInterval ?? 1000,
      invocationType: config?.invocationType ?? InvocationType.RequestResponse,
    };
    this.#store = this.#newStore();
  }

  /**
   * Invokes the function and waits for the end of its execution.
   *
   * @throws Error when `@aws-sdk/client-lambda` is not installed, or the function is not a durable one.
   * @throws What Lambda refuses with; a history that cannot be read is asked for three times.
   */
  async run(params?: InvokeRequest): Promise<TestResult<TResult>> {
    const store = this.#store;
    return store.during(() => this.#runOnce(params, store));
  }

  async #runOnce(
    params: InvokeRequest | undefined,
    store: OperationStore,
  ): Promise<TestResult<TResult>> {
    const access = await this.#access();
    const { client, lambda } = access;
    const payload = JSON.stringify(params?.payload) as string | undefined;
    const { DurableExecutionArn: arn } = await client.send(
      new lambda.InvokeCommand({
        FunctionName: this.#functionName,
        ...(payload === undefined ? {} : { Payload: payload }),
        InvocationType: this.#config.invocationType,
      }),
    );
    if (arn === undefined || arn === "") {
      throw new Error(
        `No execution ARN found on invocation response. Is ${this.#functionName} a durable function, and does its name say which version? ("${this.#functionName}:$LATEST")`,
      );
    }
    return makeTestResult<TResult>(await new CloudRun(access, arn, store).follow());
  }

  /** A handle on the first operation with a name. */
  getOperation<TOperationResult = Untyped>(name: string): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "name", name, index: 0 });
  }

  /**
   * A handle on an operation by its place in the order of starts.
   *
   * @param index - from 0; -1 is the last so far.
   */
  getOperationByIndex<TOperationResult = Untyped>(
    index: number,
  ): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "place", index });
  }

  /**
   * A handle on an operation by its place among those with its name.
   *
   * @param index - from 0.
   */
  getOperationByNameAndIndex<TOperationResult = Untyped>(
    name: string,
    index: number,
  ): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "name", name, index });
  }

  /** A handle on an operation by its id. */
  getOperationById<TOperationResult = Untyped>(id: string): DurableOperation<TOperationResult> {
    return this.#store.handle({ kind: "id", id });
  }

  /** Forgets the runs so far. Handles that were asked for before stay with what they have. */
  reset(): void {
    this.#store = this.#store.next();
  }

  #newStore(): OperationStore {
    const { invocationType } = this.#config;
    return new OperationStore(() => {
      if (invocationType === InvocationType.Event) return;
      throw new Error(
        `InvocationType.${invocationType} cannot wait for operation data: the execution is looked at only when it has ended. Make the runner with config: { invocationType: InvocationType.Event }.`,
      );
    });
  }

  async #access(): Promise<LambdaAccess> {
    const lambda = await loadLambda();
    this.#client ??= new lambda.LambdaClient();
    return { lambda, client: this.#client, pollIntervalMs: this.#config.pollInterval };
  }
}

async function loadLambda(): Promise<LambdaAccess["lambda"]> {
  try {
    return await import("@aws-sdk/client-lambda");
  } catch (cause) {
    throw new Error(
      "CloudDurableTestRunner needs @aws-sdk/client-lambda, which could not be loaded. Install it: npm install --save-dev @aws-sdk/client-lambda",
      { cause },
    );
  }
}
