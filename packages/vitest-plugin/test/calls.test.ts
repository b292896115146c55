import { describe, expect, test } from "vitest";
import { createProject, imports } from "./project.ts";

describe("a call that was not awaited", () => {
  test("is reported to the test that made it, with its line, and to no other", async () => {
    using project = createProject({
      "calls.case.ts": `${imports}
import { DurableTestRunner } from "@durabletest/testing";
test("run", ({ runner }) => {
  runner.run({ id: "o-1" });
});
test("the one after it", async ({ runner }) => {
  expect(await runner.run({ id: "o-2" })).toBePending();
});
test("run, and then a callback", async ({ runner }) => {
  runner.run({ id: "o-1" });
  await runner.callback("approval").succeed({ by: "kim" });
});
test("a callback, and then an expectation", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  runner.callback("approval").succeed({ by: "kim" });
  expect(runner).toHaveSucceeded();
});
test("one that fails", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  runner.run({ id: "o-2" });
  await new Promise((resolve) => setTimeout(resolve, 10));
});
test("of a runner made in the test", async () => {
  new DurableTestRunner(orderHandler).run({ id: "o-1" });
});
test.concurrent("of a concurrent test", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  runner.runToCompletion();
});
test.concurrent("beside it", async ({ runner, expect }) => {
  await runner.run({ id: "o-1" });
  expect(await runner.runToCompletion()).toHaveSucceeded();
});
test("is none when somebody asks for its outcome in time", async ({ runner, clock }) => {
  const running = runner.run({ id: "o-1" });
  await Promise.resolve();
  await running;
  await Promise.all([clock.advance({ hours: 1 })]);
  await expect(runner.run({ id: "o-2" })).rejects.toThrow("has run its execution");
  const answered = runner.callback("approval").succeed({ by: "kim" });
  await expect(answered).resolves.toHaveSucceeded();
});
test("is none when the test returns it", ({ runner }) => runner.run({ id: "o-1" }));
`,
    });
    const { failures, output } = await project.run();
    expect(Object.keys(failures).filter((name) => failures[name] === "")).toEqual([
      "the one after it",
      "beside it",
      "is none when somebody asks for its outcome in time",
      "is none when the test returns it",
    ]);
    expect(failures["run"]).toMatch(
      /^runner\.run\(…\), called at .*calls\.case\.ts:9:10, was not awaited\.\n.*await runner\.run\(…\)/,
    );
    expect(failures["run, and then a callback"]).toMatch(
      /No callback "approval" has started\. No callback has\. runner\.run\(…\), called at .*calls\.case\.ts:15:10, has not finished\. Was an await forgotten\? await runner\.run\(…\)/,
    );
    expect(failures["a callback, and then an expectation"]).toMatch(
      /runner\.callback\("approval"\)\.succeed\(…\), called at .*calls\.case\.ts:20:\d+, was not awaited/,
    );
    expect(failures["one that fails"]).toMatch(
      /calls\.case\.ts:25:10, was not awaited\. It failed: RunnerUsedError: This runner has run/,
    );
    expect(failures["of a runner made in the test"]).toMatch(/runner\.run.*calls\.case\.ts:29:/);
    expect(failures["of a concurrent test"]).toMatch(/runner\.runToCompletion\(\), called at/);
    expect(output).not.toContain("Unhandled");
    expect(output).toContain("❯ calls.case.ts:9:10");
  });
});

describe("a test that runs into its timeout", () => {
  test("says what it was waiting for", async () => {
    using project = createProject({
      "timeout.case.ts": `
        import { createServer } from "node:http";
        import { durableTest } from "@durabletest/vitest-plugin";
        import { withDurableExecution } from "@durabletest/runtime";
        const server = createServer(() => {});
        const handler = withDurableExecution(async (_: undefined, context) => {
          await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
          return context.step("charge", async () => {
            const { port } = server.address() as { port: number };
            return (await fetch("http://127.0.0.1:" + port + "/payments")).status;
          });
        });
        const test = durableTest(handler);
        test("waits for a server", { timeout: 500 }, async ({ runner }) => {
          await runner.run();
        });
        test("waits for something else", { timeout: 100 }, async ({ runner }) => {
          await new Promise(() => {});
        });
      `,
    });
    const { failures } = await project.run();
    const text = failures["waits for a server"] ?? "";
    expect(text).toContain("timed out in 500ms");
    expect(text).toMatch(
      /runner\.run\(…\), called at .*timeout\.case\.ts:15:24, has not finished\. It waits for real work: .*GET http:\/\/127\.0\.0\.1:\d+\/payments/,
    );
    expect(text).toContain('Pending: step "charge", whose function has not settled (attempt 1).');
    expect(text).not.toContain("was not awaited");
    expect(failures["waits for something else"]).not.toContain("has not finished");
  });
});
