import type { DurableTestRunner } from "../runner.ts";
import { listen } from "./http.ts";
import { checkServerOptions, type DurableServerOptions } from "./options.ts";
import { Runners } from "./runners.ts";

/** Any runner, whatever its handler takes and returns. */
type AnyRunner = DurableTestRunner<never>;

/** A server in front of runners, for clients of Lambda's durable execution API. */
export interface DurableServer extends AsyncDisposable {
  /** The endpoint: `new LambdaClient({ endpoint: server.url, … })`. */
  readonly url: string;
  /**
   * What the environment of a process must say, so that AWS clients in it, of whichever language, talk to
   * this server: the endpoint, a region, credentials that nobody checks.
   */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Serves the executions of another runner, too.
   *
   * @returns the runner.
   * @throws InvalidArgumentError when it is no runner, or has the seed of one whose execution has not
   * ended: their ARNs would be the same.
   */
  add<Runner extends AnyRunner>(runner: Runner): Runner;
  /** Stops listening, and hangs up on whoever is connected. The runners are as they were. */
  close(): Promise<void>;
}

/**
 * Starts a server that speaks Lambda's durable execution API in front of runners.
 *
 * Real clients in whichever language complete callbacks, read histories and stop executions. What they do
 * happens at once, in virtual time, and the runner goes on by itself; `runner.settled()` waits until it
 * has come to rest. Who calls it by a name, or from a page in a browser, is refused unless the options
 * allow it. A handler whose runner has the option `transport: "http"` reaches its service through
 * the server, with the client that it uses in production.
 *
 * Operations: CheckpointDurableExecution, GetDurableExecutionState, GetDurableExecution,
 * GetDurableExecutionHistory, StopDurableExecution, ListDurableExecutionsByFunction,
 * SendDurableExecutionCallbackSuccess, …Failure, …Heartbeat.
 *
 * Source: the Lambda API.
 *
 * @param runners - one, several, or none: more can be added later.
 * @throws InvalidArgumentError when an option cannot be right.
 * @throws Node's own error when it cannot listen there (`EADDRINUSE`).
 *
 * @example
 * ```ts
 * const runner = new DurableTestRunner(handler);
 * await using server = await startDurableServer(runner);
 * await runner.run({ orderId: "order-123" });
 *
 * const client = new LambdaClient({ endpoint: server.url, region: "us-east-1", credentials });
 * const CallbackId = runner.callback("order_approval").callbackId;
 * const Result = new TextEncoder().encode('{"approved":true}');
 * await client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result }));
 *
 * const result = await runner.settled();
 * result.status; // "SUCCEEDED"
 * ```
 */
export async function startDurableServer(
  runners: AnyRunner | readonly AnyRunner[] = [],
  options: DurableServerOptions = {},
): Promise<DurableServer> {
  const settings = checkServerOptions(options);
  const service = new Runners();
  for (const runner of Array.isArray(runners) ? runners : [runners]) service.add(runner);
  const { url, close } = await listen(service, settings);
  return {
    url,
    env: {
      AWS_ENDPOINT_URL_LAMBDA: url,
      AWS_REGION: "us-east-1",
      // What Python's SDK goes by.
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    add: (runner) => {
      service.add(runner);
      return runner;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
