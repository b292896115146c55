import { CallbackExternalError } from "@durabletest/runtime";
import { CallbackClosedError } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { createHandler, type ExportResult } from "./handler.ts";

const test = durableTest(createHandler(async () => {}));

const answers: { answer: ExportResult; status: string; message: string }[] = [
  { answer: { type: "success", rows: 90 }, status: "done", message: "90 rows" },
  {
    answer: { type: "partial", rows: 60, missing: ["March", "April"] },
    status: "incomplete",
    message: "60 rows, without March and April",
  },
  { answer: { type: "failure", message: "disk full" }, status: "failed", message: "disk full" },
];

test.for(answers)(
  "an answer of type $answer.type: $message",
  async ({ answer, status, message }, { runner, expect }) => {
    await runner.run({ requestType: "sales" });

    const result = await runner.callback("conditional_callback").succeed(answer);

    expect(result).toHaveSucceededWith({ status, message });
  },
);

test("no answer in ten minutes: timeout", async ({ runner, expect }) => {
  await runner.run({ requestType: "sales" });

  const result = await runner.runToCompletion();

  expect(result).toHaveTimedOut("conditional_callback");
  expect(result).toHaveSucceededWith({ status: "timeout", message: "No response received" });
  expect(result.elapsedMs).toBe(600_000);
});

// An answer of the type "failure" is still an answer. This is the exporter saying that it has none.
test("a failed callback fails the execution", async ({ runner, expect }) => {
  await runner.run({ requestType: "sales" });

  const result = await runner.callback("conditional_callback").fail(new Error("exporter crashed"));

  expect(result).toHaveFailedWith(CallbackExternalError);
});

test("an answer after ten minutes is ignored", async ({ runner, clock, expect }) => {
  await runner.run({ requestType: "sales" });
  await clock.advance({ minutes: 10, seconds: 1 });

  await expect(
    runner.callback("conditional_callback").succeed({ type: "success", rows: 90 }),
  ).rejects.toThrow(CallbackClosedError);

  expect(runner).toHaveSucceededWith({ status: "timeout", message: "No response received" });
});
