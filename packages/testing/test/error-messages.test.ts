import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";
import { durableMatchers } from "../src/matchers/index.ts";
import { messageOf } from "./matchers/message-of.ts";
import { rejectionOf } from "./support/history.ts";

const approving = withDurableExecution(async (_: unknown, context) =>
  context.waitForCallback("approval", () => {}),
);

const messageFrom = async (promise: Promise<unknown>): Promise<string> =>
  ((await rejectionOf(promise)) as Error).message;

describe("an error of a runner", () => {
  test("ends with the timeline, in its stack as well", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const error = (await rejectionOf(runner.sendCallbackSuccess("unknown"))) as Error;
    expect(error.message).toMatch(/\n\nTimeline\n {2}PENDING after 0s, 1 invocation\n/);
    expect(error.stack).toContain("Timeline\n  PENDING after 0s");
    expect(error.stack).toMatch(/\n +at /);
  });

  test.each<[string, (runner: DurableTestRunner) => Promise<unknown>]>([
    ["to complete what nothing can", (runner) => runner.runToCompletion()],
    ["to answer a name that is unknown", (runner) => runner.callback("refusal").succeed()],
    [
      "to answer twice",
      async (runner) => {
        await runner.callback("approval").succeed();
        await runner.callback("approval").succeed();
      },
    ],
  ])("shows the timeline once: %s", async (_, act) => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const message = await messageFrom(act(runner));
    expect(message.match(/^Timeline$/gm)).toHaveLength(1);
  });

  test("has no timeline when nothing has been started, or nothing is wrong with the execution", async () => {
    const runner = new DurableTestRunner(approving);
    expect(await messageFrom(runner.runToCompletion())).not.toContain("Timeline");
    await runner.run();
    expect(await messageFrom(runner.run())).not.toContain("Timeline");
  });

  test("calls what waits without a name after what it belongs to", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.map("orders", [1, 2], async (item) => item.createCallback().then((c) => c.result())),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    expect(await messageFrom(runner.runToCompletion())).toContain(
      'Pending: callback "map-item-0", open; callback "map-item-1", open.',
    );
  });
});

describe("a script of a name that no callback has", () => {
  const callbacks = { aproval: respond.success(1) };

  test("is named beside the callback that waits, with what was probably meant", async () => {
    const runner = new DurableTestRunner(approving, { callbacks });
    const result = await runner.run();
    const text = messageOf((context) => durableMatchers.toHaveSucceeded.call(context, result));
    expect(text).toContain('callback "approval", open since +0s');
    expect(text).toContain(
      'No callback has asked for the script "aproval". Did you mean "approval"?',
    );
    expect(await messageFrom(runner.runToCompletion())).toContain('Did you mean "approval"?');
  });

  test("is refused at the end, with what was probably meant", async () => {
    const runner = new DurableTestRunner(approving, { callbacks, unusedScripts: "error" });
    await runner.run();
    const message = await messageFrom(runner.callback("approval").succeed());
    expect(message).toContain(
      'The execution has ended (SUCCEEDED). No callback has asked for the script "aproval". Did you mean "approval"?',
    );
  });

  test("is one of a few that are named", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`other ${index}`, respond.never()]),
    );
    const runner = new DurableTestRunner(approving, { callbacks: many, unusedScripts: "error" });
    await runner.run();
    const message = await messageFrom(runner.callback("approval").succeed());
    expect(message).toContain("Nor for 35 more.");
  });
});
