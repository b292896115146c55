import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DurableTestRunner } from "@durabletest/testing";
import { type DurableServer, startDurableServer } from "@durabletest/testing/server";
import { CaseRun, type FaultCase, type Observation } from "./fault-case.ts";
import { brief, handlerSpecs } from "./handlers/specs.ts";
import { type InvocationEvent, Lambda } from "./lambda.ts";
import { type Proxy, startProxy } from "./proxy.ts";

/** The service, the proxy before it, and Lambda beside it; any number of cases may be played at once. */
export interface TestBed {
  play(faultCase: FaultCase): Promise<Observation>;
  /** How many sandboxes have been started. */
  readonly sandboxes: number;
  close(): Promise<void>;
}

export async function startTestBed(): Promise<TestBed> {
  const server = await startDurableServer();
  const cache = await mkdtemp(join(tmpdir(), "faults-"));
  const runs = new Map<string, CaseRun>();
  const host = {
    caseOf: (arn: string) => runs.get(arn),
    kill: (sandbox: string) => {
      lambda.kill(sandbox);
    },
  };
  const proxy: Proxy = await startProxy(server.url, host);
  const lambda = new Lambda((sandbox) => ({
    ...server.env,
    NODE_COMPILE_CACHE: cache,
    AWS_ENDPOINT_URL_LAMBDA: proxy.urlFor(sandbox),
  }));
  let seed = 0;
  return {
    get sandboxes() {
      return lambda.started;
    },
    play(faultCase) {
      seed += 1;
      return play(faultCase, { server, lambda, runs, seed });
    },
    async close() {
      await lambda.close();
      await proxy.close();
      await server.close();
      await rm(cache, { recursive: true });
    },
  };
}

async function play(
  faultCase: FaultCase,
  options: {
    readonly server: DurableServer;
    readonly lambda: Lambda;
    readonly runs: Map<string, CaseRun>;
    readonly seed: number;
  },
): Promise<Observation> {
  const { server, lambda, runs, seed } = options;
  const run = new CaseRun(faultCase);
  const { pageItems } = handlerSpecs[faultCase.handler];
  const handler = async (event: InvocationEvent): Promise<unknown> => {
    runs.set(event.DurableExecutionArn, run);
    return lambda.deliver(run, await inPages(event, pageItems, server));
  };
  await using runner = new DurableTestRunner(handler, {
    transport: "http",
    globals: "real",
    seed,
    maxInvocations: 50,
  });
  server.add(runner);
  let end: { readonly status?: string; readonly result?: unknown; readonly error?: string };
  try {
    let result = await runner.run({});
    while (result.status === "PENDING" && run.submitted.size > 0) {
      await answerCallbacks(run, server);
      result = await runner.settled();
    }
    const { status } = result;
    end = {
      status,
      result: status === "SUCCEEDED" ? brief(String(result.result)) : undefined,
      ...("error" in result ? { error: describeError(result.error) } : {}),
    };
  } catch (error) {
    end = { error: String(error) };
  }
  return {
    status: end.status,
    result: end.result,
    error: end.error,
    requests: run.requests,
    effects: run.effects,
    deliveries: run.deliveries,
    broken: run.broken,
    timedOut: run.timedOut,
    unhandled: run.unhandled,
    struck: run.struck,
  };
}

/**
 * The event, with no more of the state than a page has: the handler must fetch the rest.
 *
 * The service is asked in any case. A runner that has never heard of its handler takes an invocation
 * that fails for a handler that is set up wrongly.
 */
async function inPages(
  event: InvocationEvent,
  pageItems = 1000,
  { url }: DurableServer,
): Promise<InvocationEvent> {
  const { DurableExecutionArn, CheckpointToken, InitialExecutionState } = event;
  const query = new URLSearchParams({ CheckpointToken, MaxItems: String(pageItems) });
  const arn = encodeURIComponent(DurableExecutionArn);
  const response = await fetch(
    `${url}/2025-12-01/durable-executions/${arn}/state?${query.toString()}`,
  );
  const { NextMarker } = (await response.json()) as { readonly NextMarker?: string };
  const Operations = InitialExecutionState.Operations.slice(0, pageItems);
  return {
    ...event,
    InitialExecutionState: { Operations, ...(NextMarker === undefined ? {} : { NextMarker }) },
  };
}

/** The world answers what it was asked, some time after the handler has come to rest. */
async function answerCallbacks(run: CaseRun, { url }: DurableServer): Promise<void> {
  for (const callbackId of run.submitted) {
    run.submitted.delete(callbackId);
    const id = encodeURIComponent(callbackId);
    // What has been answered already is refused: the submitter may have asked twice.
    await fetch(`${url}/2025-12-01/durable-execution-callbacks/${id}/succeed`, {
      method: "POST",
      body: JSON.stringify("yes"),
    });
  }
}

function describeError(error: unknown): string {
  if (error instanceof Error) return String(error);
  return JSON.stringify(error) ?? "";
}
