/** What the SDKs themselves take for what is explored: executions on the least service there can be. */
import { explored } from "../explored-handlers.ts";
import { runOnLeastService, timersComeAtOnce } from "../least-service.ts";
import { perSecond } from "../measure.ts";
import { quick, report } from "./side.ts";

const EXECUTIONS = quick ? 500 : 3000;
const ROUNDS = quick ? 3 : 7;

timersComeAtOnce();

async function executionsPerSecond(
  handler: Parameters<typeof runOnLeastService>[0],
): Promise<number> {
  return perSecond(EXECUTIONS, ROUNDS, async () => {
    for (let count = 0; count < EXECUTIONS; count += 1) await runOnLeastService(handler);
  });
}

report({
  executions: await executionsPerSecond(explored.ours),
  awsExecutions: await executionsPerSecond(explored.aws),
});
