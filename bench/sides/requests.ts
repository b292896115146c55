/** The requests that a handler makes, and its time when each takes 20 ms: with our runtime, and with AWS's SDK. */
import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@durabletest/runtime";
import { DistantService } from "../distant-service.ts";
import type { Requests } from "../figures.ts";
import { summary } from "../measure.ts";
import { requestCases } from "../request-cases.ts";
import { mustReturn, quick, report } from "./side.ts";

const RESPONSE_MS = 20;
const RUNS = quick ? 3 : 15;

/** What AWS's SDK wants to know of the invocation. */
const lambdaContext = { awsRequestId: "bench", getRemainingTimeInMillis: () => 900_000 };

type Handler = (event: never, context: never) => Promise<unknown>;

async function run(handler: Handler, returns: number): Promise<{ requests: number; ms: number }> {
  const service = new DistantService(RESPONSE_MS);
  const begun = performance.now();
  await mustReturn(() => handler(service.event() as never, lambdaContext as never), {
    Status: "SUCCEEDED",
    Result: String(returns),
  });
  return { requests: service.requests, ms: performance.now() - begun };
}

const measured: Requests[] = [];
for (const { title, runtime, aws: awsHandler, returns } of requestCases) {
  const sides = {
    durabletest: ours.withDurableExecution(runtime) as Handler,
    aws: aws.withDurableExecution(awsHandler) as Handler,
  };
  const times: Record<keyof typeof sides, number[]> = { durabletest: [], aws: [] };
  const requests = { durabletest: 0, aws: 0 };
  // They take turns, so that what disturbs one disturbs the other; the first round warms up.
  for (let round = 0; round <= RUNS; round += 1) {
    for (const side of ["durabletest", "aws"] as const) {
      const taken = await run(sides[side], returns);
      requests[side] = Math.max(requests[side], taken.requests);
      if (round > 0) times[side].push(taken.ms);
    }
  }
  measured.push({
    title,
    durabletest: { requests: requests.durabletest, ms: summary(times.durabletest).lowerQuartile },
    aws: { requests: requests.aws, ms: summary(times.aws).lowerQuartile },
  });
}
report({ requests: measured });
