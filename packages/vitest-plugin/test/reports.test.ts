import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, type TestAnnotation } from "vitest";
import durable from "../src/config.ts";
import { conditions, createProject, imports } from "./project.ts";

const failing = (name: string): string => `
  test(${JSON.stringify(name)}, async ({ runner }) => {
    await runner.run({ id: "o-1" });
    throw new Error("oh no");
  });
`;

const PATH = /\.durabletest\/\S+\.html/g;

interface JsonTest {
  readonly title: string;
  readonly failureMessages: readonly string[];
}

describe("the report of a failed test", () => {
  test("has a name of its own, and tests with runners of their own have one", async () => {
    const ownRunners = `${imports}
      import { test as plain } from "vitest";
      import { DurableTestRunner } from "@durabletest/testing";
      plain("own runners", async () => {
        await new DurableTestRunner(orderHandler).run({ id: "o-1" });
        await new DurableTestRunner(orderHandler).run({ id: "o-2" });
        throw new Error("oh no");
      });
      plain.concurrent("beside others", async () => {
        await new DurableTestRunner(orderHandler).run({ id: "o-3" });
        throw new Error("oh no");
      });
      plain("own runners pass", async () => {
        await new DurableTestRunner(orderHandler).run({ id: "o-4" });
      });
      test("both", async ({ runner }) => {
        await runner.run({ id: "o-5" });
        await new DurableTestRunner(orderHandler).run({ id: "o-6" });
        throw new Error("oh no");
      });
      test.fails("is meant to", async ({ runner }) => {
        await runner.run({ id: "o-7" });
        throw new Error("oh no");
      });
    `;
    using project = createProject({
      "a.case.ts": `${imports}${failing("equal")}${failing("equal")}${failing("../a\\b/🦊")}`,
      "b.case.ts": `${imports}${failing("equal")}${failing("long ".repeat(200))}`,
      "own.case.ts": ownRunners,
    });
    const projects = ["one", "two"].map((name) => ({
      plugins: [durable({ reports: { folder: `reports/.durabletest` } })],
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: { name, root: project.root, include: ["*.case.ts"] },
    }));
    const { output, failures } = await project.run({ test: { projects } });
    const told = new Set(output.match(PATH));
    expect(told.size).toBe(2 * 7);
    for (const path of told) {
      expect(existsSync(join(project.root, "reports", path))).toBe(true);
    }
    expect(readdirSync(join(project.root, "reports/.durabletest"))).toHaveLength(told.size + 1);
    const reportOf = (name: string): string =>
      project.read(`reports/${failures[name]?.match(PATH)?.[0] ?? ""}`);
    expect(reportOf("own runners")).toMatch(/"o-1"[^]*"o-2"/);
    expect(reportOf("both")).toContain('"o-5"');
    expect(failures["beside others"]).not.toContain("Report");
    expect(failures["is meant to"]).toBe("");
  });

  test("is one line that says why there is none, or nothing where nobody wants it", async () => {
    using project = createProject({ "a.case.ts": `${imports}${failing("fails")}`, file: "" });
    const inTheWay = await project.run({ plugins: [durable({ reports: { folder: "file" } })] });
    expect(inTheWay.failures["fails"]).toMatch(/^oh no\n[^]*\n\nNo report: E\w+: .*$/);
    const unwanted = await project.run({ plugins: [durable({ reports: false })] });
    expect(unwanted.failures["fails"]).toMatch(/^oh no\n/);
    expect(unwanted.failures["fails"]).not.toMatch(/report/i);
    expect(existsSync(join(project.root, ".durabletest"))).toBe(false);
  });

  test("is a picture in what Vitest shows pictures in, and other reporters say what they did", async () => {
    using project = createProject({ "a.case.ts": `${imports}${failing("fails")}` });
    const annotated: TestAnnotation[] = [];
    const run = await project.run({
      plugins: [durable()],
      reporters: ["default", "json", "junit", "blob"],
      test: {
        outputFile: {
          json: join(project.root, "out.json"),
          junit: join(project.root, "out.xml"),
          blob: join(project.root, "out.blob"),
        },
      },
      inspect: (tests) => {
        annotated.push(...tests.flatMap((each) => each.annotations()));
      },
    });
    const [path = ""] = run.output.match(PATH) ?? [];
    expect(annotated).toHaveLength(1);
    const [{ message, attachment } = {}] = annotated;
    expect(message).toContain(path);
    expect(attachment?.contentType).toBe("image/svg+xml");
    expect(Buffer.from(String(attachment?.body), "base64").toString()).toMatch(/^<svg[^]*approval/);
    const { testResults } = JSON.parse(project.read("out.json")) as {
      readonly testResults: readonly { readonly assertionResults: readonly JsonTest[] }[];
    };
    const [result] = testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(result?.failureMessages.join("")).toContain(path);
    expect(project.read("out.xml")).toContain(path);
    expect(run.output).toContain("1 failed");
  });

  test("has settings that are refused where they cannot be right", async () => {
    using project = createProject({ "a.case.ts": `${imports}${failing("fails")}` });
    const plugins = [durable({ reports: { folder: "" } })];
    await expect(project.run({ plugins })).rejects.toThrow('reports.folder: "" is no folder.');
  });
});
