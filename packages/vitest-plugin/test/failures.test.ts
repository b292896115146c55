import { join } from "node:path";
import { describe, expect, test } from "vitest";
import durable from "../src/config.ts";
import { createProject, imports } from "./project.ts";

const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0;

describe("what a test has failed with", () => {
  test("is told with its timeline once, however many errors there are", async () => {
    using project = createProject({
      "errors.case.ts": `${imports}
        test("soft, after a matcher", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          expect.soft(runner).toHaveSucceeded();
          expect.soft("a").toBe("b");
        });
        test("soft, before a matcher", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          expect.soft("a").toBe("b");
          expect.soft(runner).toHaveSucceeded();
        });
        test("soft, twice the same", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          expect.soft("a").toBe("b");
          expect.soft("c").toBe("d");
        });
        test("in two attempts", { retry: 1 }, async ({ runner, task }) => {
          await runner.run({ id: "o-1" });
          if (task.result.retryCount === 0) expect(runner).toHaveSucceeded();
          expect("a").toBe("b");
        });
      `,
    });
    const { failures } = await project.run();
    const timelines = (name: string): number => count(failures[name] ?? "", /^Timeline$/gm);
    expect(timelines("soft, after a matcher")).toBe(1);
    expect(timelines("soft, before a matcher")).toBe(1);
    expect(timelines("soft, twice the same")).toBe(1);
    expect(timelines("in two attempts")).toBe(2);
    for (const failure of Object.values(failures)) {
      expect(failure).toMatch(/\n\nReport\n.*html$/);
    }
  });

  test("is a call that was not awaited where the runner outlives the test, too", async () => {
    using project = createProject({
      "around.case.ts": `${imports}
        test.aroundEach(async (runTest, { runner }) => {
          await runTest();
          runner.run({ id: "o-1" });
        });
        test("around", () => {});
      `,
    });
    expect((await project.run()).failures["around"]).toContain("was not awaited");
  });

  test("is told once when it is a call that was not awaited", async () => {
    using project = createProject({
      "calls.case.ts": `${imports}
        test("not awaited", ({ runner }) => {
          runner.run({ id: "o-1" });
        });
      `,
    });
    const { output } = await project.run();
    expect(count(output, /was not awaited\./g)).toBe(1);
    expect(count(output, /^Timeline$/gm)).toBe(1);
    expect(count(output, /^Report$/gm)).toBe(1);
  });

  test("is told with its timeline and report by every reporter, once", async () => {
    using project = createProject({
      "asserts.case.ts": `${imports}
        test("asserts", async ({ runner }) => {
          const { status } = await runner.run({ id: "o-1" });
          expect(status).toBe("SUCCEEDED");
        });
      `,
    });
    const timesToldBy = async (...reporters: readonly string[]): Promise<number> => {
      const outputFile = {
        junit: join(project.root, "junit"),
        json: join(project.root, "json"),
      };
      const plugins = [durable()];
      const { output } = await project.run({
        plugins,
        reporters: [...reporters],
        test: { outputFile },
      });
      const machines = reporters.filter((each) => each in outputFile);
      const text = [output, ...machines.map((each) => project.read(each))]
        .join("\n")
        .replaceAll(/\\n|%0A/g, "\n");
      expect(count(text, /Report\n.*\.durabletest/g)).toBe(count(text, /Timeline\n/g));
      return count(text, /Timeline\n/g);
    };
    expect(await timesToldBy("default", "junit", "json", "github-actions")).toBe(4);
    expect(await timesToldBy("tap")).toBe(1);
    expect(await timesToldBy("tap-flat", "default", "json")).toBe(3);
  });
});
