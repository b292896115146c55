import { describe, expect, test } from "vitest";
import { ServiceCallError, withDurableExecution } from "../src/index.ts";
import type { CheckpointRequest, OperationUpdate } from "../src/protocol.ts";
import { type LambdaAnswer, type LambdaRequest, startFakeLambda } from "./support/fake-lambda.ts";
import { clientOf, event, rejectionOf } from "./support/lambda-invocation.ts";

/**
 * The part of the service that matters here: a token is good for one checkpoint, and a request that comes
 * again under its client token is answered as it was the first time.
 */
function startService() {
  const answers = new Map<string, LambdaAnswer>();
  const taken: OperationUpdate[] = [];
  let token = 1;
  const answer = ({ body }: LambdaRequest): LambdaAnswer => {
    const { CheckpointToken, ClientToken = "", Updates = [] } = body as CheckpointRequest;
    const before = answers.get(`${CheckpointToken} ${ClientToken}`);
    if (before !== undefined) return before;
    if (CheckpointToken !== `t-${token}`) {
      const Message = `Invalid Checkpoint Token: ${CheckpointToken}`;
      return { status: 400, error: "InvalidParameterValueException", body: { Message } };
    }
    token += 1;
    taken.push(...Updates);
    const now: LambdaAnswer = { body: { CheckpointToken: `t-${token}`, NewExecutionState: {} } };
    answers.set(`${CheckpointToken} ${ClientToken}`, now);
    return now;
  };
  return { taken, lambda: startFakeLambda(answer) };
}

describe("an event that is delivered twice", () => {
  test("at the same time runs an at-most-once step once; the other invocation rejects", async () => {
    const service = startService();
    await using lambda = await service.lambda;
    let bodies = 0;
    const sandbox = () =>
      withDurableExecution(
        (_, context) =>
          context.step(
            "charge",
            () => {
              bodies += 1;
              return "charged";
            },
            { semantics: "AtMostOncePerRetry" },
          ),
        { client: clientOf(lambda) },
      );
    const deliveries = await Promise.allSettled([sandbox()(event()), sandbox()(event())]);
    const values = deliveries.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const refused = deliveries.filter((each) => each.status === "rejected");
    expect(bodies).toBe(1);
    expect(values).toEqual([{ Status: "SUCCEEDED", Result: '"charged"' }]);
    expect(refused.map(({ reason }) => ServiceCallError.is(reason))).toEqual([true]);
    expect(service.taken.map(({ Action }) => Action)).toEqual(["START", "SUCCEED"]);
  });

  test("again after the first sandbox died in the body does not run it again", async () => {
    const service = startService();
    await using lambda = await service.lambda;
    let bodies = 0;
    const begun = Promise.withResolvers<undefined>();
    const handler = withDurableExecution(
      (_, context) =>
        context.step(
          "charge",
          async () => {
            bodies += 1;
            begun.resolve(undefined);
            await new Promise(() => {});
          },
          { semantics: "AtMostOncePerRetry" },
        ),
      { client: clientOf(lambda) },
    );
    void handler(event());
    await begun.promise;
    expect(ServiceCallError.is(await rejectionOf(handler(event())))).toBe(true);
    expect(bodies).toBe(1);
  });

  test("stores a large result once", async () => {
    const service = startService();
    await using lambda = await service.lambda;
    const handler = withDurableExecution(async () => "x".repeat(6_500_000), {
      client: clientOf(lambda),
    });
    const deliveries = await Promise.allSettled([handler(event()), handler(event())]);
    expect(deliveries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(service.taken.map(({ Type }) => Type)).toEqual(["EXECUTION"]);
  });
});
