import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { readRequirement } from "../requirement.ts";
import { runRequirement } from "../run-requirement.ts";

const text = `
description: A wait, then an answer
handler: Waits for two seconds, then for the callback "approval", and logs and returns the answer.
invocations: Two.
Variables:
  ANSWER: \${GEN_STR:8}
Input:
CallbackActions:
  - CallbackName: approval
    Operation: success
    Payload: \${ANSWER}
    Delay: 3
ExpectedResult:
  ExecutionStatus: SUCCEEDED
  Result: \${ANSWER}
ExpectedExecutionHistory:
  - EventType: CallbackStarted
    EventId: 2
    Id: \${ID}
  - EventType: CallbackSucceeded
    EventId: 7
    Id: \${ID}
ExpectedLogs:
  - match:
      message: /\${ANSWER}/
    count: 1
`;
const requirement = readRequirement(text);

test("a handler that does as the requirement says passes", async () => {
  const differences = await runRequirement(requirement, ({ logger }) =>
    withDurableExecution(
      async (_: null, context: DurableContext) => {
        const approval = await context.createCallback("approval");
        await context.wait({ seconds: 2 });
        const answer = await approval.result();
        context.logger.info(answer);
        return answer;
      },
      { logger },
    ),
  );

  expect(differences).toEqual([]);
});

test("everything that is not as the requirement says is told", async () => {
  const differences = await runRequirement(requirement, () =>
    withDurableExecution(async (_: null, context: DurableContext) => {
      const approval = await context.createCallback("approval");
      await approval.result();
      return "another result";
    }),
  );

  expect(differences).toEqual([
    "event 7: there is none, the last one is 6",
    expect.stringMatching(/^result: expected "\w{8}", got "another result"$/),
    expect.stringMatching(/^logs: expected 1 of \/\w{8}\/, got 0$/),
  ]);
});

test("a failure where success is expected is told with its reason", async () => {
  const differences = await runRequirement(requirement, () =>
    withDurableExecution(async () => {
      throw new TypeError("no such order");
    }),
  );

  expect(differences).toContain(
    "status: expected SUCCEEDED, got FAILED (TypeError: no such order)",
  );
});

test("a callback that never comes is told, and one that nobody answers", async () => {
  const never = await runRequirement(requirement, () =>
    withDurableExecution((_: null, context: DurableContext) => context.wait({ days: 1 })),
  );
  const silent = await runRequirement({ ...requirement, CallbackActions: [] }, () =>
    withDurableExecution(async (_: null, context: DurableContext) =>
      (await context.createCallback("approval")).result(),
    ),
  );

  expect(never[0]).toBe('Error: no callback started for success of "approval"');
  expect(silent[0]).toMatch(/^ExecutionStalledError: /);
});

test("a requirement that says what is not understood is refused", () => {
  expect(() => readRequirement(`${text}ExpectedMetrics: []\n`)).toThrow("ExpectedMetrics");
});
