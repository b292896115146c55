import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ServiceCallError, withDurableExecution } from "../src/index.ts";
import { type LambdaAnswer, type LambdaRequest, startFakeLambda } from "./support/fake-lambda.ts";
import {
  clientOf,
  event,
  oneStep,
  rejectionOf,
  startedAt,
  taken,
} from "./support/lambda-invocation.ts";

const { setImmediate } = globalThis;

/** Lets the clock run, with real turns of the event loop in between, until a promise has settled. */
async function settledInTime<T>(promise: Promise<T>): Promise<{ readonly afterMs: number }> {
  let settled = false;
  const settles = (): void => {
    settled = true;
  };
  promise.then(settles, settles);
  let afterMs = 0;
  while (!settled) {
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    await vi.advanceTimersByTimeAsync(250);
    afterMs += 250;
  }
  return { afterMs };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe.for(["before headers", "in the body"] as const)("a response that stalls %s", (stalls) => {
  const stalled: LambdaAnswer = { ...taken, stalls };

  test("is given up after 15 seconds, and the same bytes are sent again", async () => {
    await using lambda = await startFakeLambda((_, number) => (number < 3 ? stalled : taken));
    const handler = withDurableExecution(oneStep, { client: clientOf(lambda, 3) });
    const output = handler(event());
    const { afterMs } = await settledInTime(output);
    expect(await output).toEqual({ Status: "SUCCEEDED", Result: "7" });
    expect(lambda.requests).toHaveLength(3);
    expect(lambda.requests[1]).toEqual(lambda.requests[0]);
    expect(lambda.requests[2]).toEqual(lambda.requests[0]);
    expect(afterMs).toBeGreaterThanOrEqual(30_000);
    expect(afterMs).toBeLessThan(45_000);
  });

  test("every time ends the invocation within a minute, to be invoked again", async () => {
    await using lambda = await startFakeLambda(() => stalled);
    const handler = withDurableExecution(oneStep, { client: clientOf(lambda, 3) });
    const error = rejectionOf(handler(event()));
    const { afterMs } = await settledInTime(error);
    expect(ServiceCallError.is(await error)).toBe(true);
    expect((await error) as Error).toMatchObject({ cause: { name: "TimeoutError" } });
    expect(lambda.requests).toHaveLength(3);
    expect(afterMs).toBeLessThan(60_000);
  });

  test("is given up as a page of the state, too", async () => {
    const Operations = [{ Id: "1", Type: "WAIT", Status: "STARTED", StartTimestamp: startedAt }];
    const isPage = ({ method }: LambdaRequest): boolean => method === "GET";
    await using lambda = await startFakeLambda((request, number) => {
      if (!isPage(request)) return taken;
      const page: LambdaAnswer = { body: { Operations } };
      return number === 1 ? { ...page, stalls } : page;
    });
    const handler = withDurableExecution(oneStep, { client: clientOf(lambda, 3) });
    const output = handler(event("m"));
    await settledInTime(output);
    expect(await output).toEqual({ Status: "SUCCEEDED", Result: "7" });
    expect(lambda.requests.filter(isPage)).toHaveLength(2);
  });

  test("leaves no connection behind", async () => {
    await using lambda = await startFakeLambda((_, number) => (number === 1 ? stalled : taken));
    const output = withDurableExecution(oneStep, { client: clientOf(lambda, 3) })(event());
    await settledInTime(output);
    expect(await lambda.connections()).toBe(1);
  });
});

test("a response that is cut off is fetched again", async () => {
  await using lambda = await startFakeLambda((_, number) =>
    number === 1 ? { ...taken, stalls: "in the body", hangsUp: true } : taken,
  );
  const output = await withDurableExecution(oneStep, { client: clientOf(lambda, 3) })(event());
  expect(output).toEqual({ Status: "SUCCEEDED", Result: "7" });
  expect(lambda.requests).toHaveLength(2);
});
