import { describe, expect, test } from "vitest";
import { InvocationLimit } from "../../src/engine/invocation-limit.ts";

const execution = { state: { history: [] } };

/** The warnings that are emitted meanwhile. */
async function warningsOf(act: () => void): Promise<readonly string[]> {
  const warnings: string[] = [];
  const listener = (warning: Error): void => {
    if (Reflect.get(warning, "code") === "DURABLETEST_LONG_RUN") warnings.push(warning.message);
  };
  process.on("warning", listener);
  act();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.off("warning", listener);
  return warnings;
}

describe("a run that goes on for long", () => {
  test("is told of once, before the limit is reached", async () => {
    let now = 0;
    const limit = new InvocationLimit(10_000, () => now);
    limit.beginRun();
    const warnings = await warningsOf(() => {
      for (let count = 0; count < 2000; count += 1) {
        now += 3;
        limit.add(execution, "The handler has been");
      }
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("The handler has been invoked 667 times by now");
    expect(warnings[0]).toContain("given up after 10000 invocations (maxInvocations)");
  });

  test("is nothing to tell of when it goes fast, or when single invocations take long", async () => {
    let now = 0;
    const limit = new InvocationLimit(10_000, () => now);
    const warnings = await warningsOf(() => {
      limit.beginRun();
      for (let count = 0; count < 5000; count += 1) limit.add(execution, "The handler has been");
      limit.beginRun();
      for (let count = 0; count < 400; count += 1) {
        now += 100;
        limit.add(execution, "The handler has been");
      }
    });
    expect(warnings).toEqual([]);
  });
});
