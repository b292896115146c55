import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDurableExecution } from "@durabletest/runtime";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DurableResult, DurableTestRunner } from "../../src/index.ts";
import {
  addReport,
  checkReportOptions,
  failureReports,
  REPORTS_VARIABLE,
} from "../../src/plugin/index.ts";

const approval = withDurableExecution(async (_: undefined, context) =>
  context.waitForCallback("approval", () => {}),
);
const waiting = async (): Promise<DurableResult<unknown>> => new DurableTestRunner(approval).run();

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "durabletest-reports-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const reportsIn = (folder: string): string[] =>
  readdirSync(join(root, folder)).filter((file) => file.endsWith(".html"));

describe("the report of a failed test", () => {
  test("is written below the root, and told with its path from where the process runs", async () => {
    const write = failureReports();
    const failed = { name: "ships", file: join(root, "src/order.test.ts"), root, identity: {} };
    const told = await write(failed, [await waiting()]);
    const [file = ""] = reportsIn(".durabletest");
    expect(file).toMatch(/^order-ships-[\da-f]{8}\.html$/);
    // It is not below: then it is the whole path.
    expect(told).toBe(`Report\n  ${join(root, ".durabletest", file)}`);
    expect(readFileSync(join(root, ".durabletest", file), "utf8")).toContain("approval");
    expect(readFileSync(join(root, ".durabletest/.gitignore"), "utf8")).toBe("*\n");
    vi.spyOn(process, "cwd").mockReturnValue(root);
    expect(await write(failed, [await waiting()])).toBe(`Report\n  ${join(".durabletest", file)}`);
    vi.restoreAllMocks();
  });

  test("replaces that of an earlier try, and leaves those of tests of the same name", async () => {
    const write = failureReports();
    const failed = { name: "ships", root };
    const first = {};
    const paths = [];
    for (const identity of [first, first, {}]) {
      paths.push(await write({ ...failed, identity }, [await waiting()]));
    }
    paths.push(await write({ ...failed, project: "other", identity: {} }, [await waiting()]));
    paths.push(
      await write({ ...failed, file: join(root, "a.test.ts"), identity: {} }, [await waiting()]),
    );
    expect(paths[1]).toBe(paths[0]);
    expect(new Set(paths)).toHaveLength(4);
    expect(reportsIn(".durabletest")).toHaveLength(4);
  });

  test("is not written where nothing was executed, or nobody wants it", async () => {
    const write = failureReports();
    const failed = { name: "ships", root, identity: {} };
    const nothing = new DurableTestRunner(approval).result;
    expect(await write(failed, [nothing])).toBeUndefined();
    vi.stubEnv(REPORTS_VARIABLE, "false");
    expect(await write(failed, [await waiting()])).toBeUndefined();
    expect(existsSync(join(root, ".durabletest"))).toBe(false);
  });

  test("goes where the environment says, and leaves a folder that was there as it is", async () => {
    vi.stubEnv(REPORTS_VARIABLE, "out/reports");
    const failed = { name: "ships", root, identity: {} };
    await failureReports()(failed, [await waiting()]);
    expect(reportsIn("out/reports")).toHaveLength(1);
    expect(existsSync(join(root, "out/reports/.gitignore"))).toBe(true);
    mkdirSync(join(root, "mine"));
    vi.stubEnv(REPORTS_VARIABLE, "mine");
    await failureReports()(failed, [await waiting()]);
    expect(reportsIn("mine")).toHaveLength(1);
    expect(existsSync(join(root, "mine/.gitignore"))).toBe(false);
  });

  test("says in one line why there is none, where the folder cannot be written", async () => {
    writeFileSync(join(root, "file"), "");
    const results = [await waiting()];
    for (const folder of ["file", "file/below", "/proc/none/below"]) {
      vi.stubEnv(REPORTS_VARIABLE, folder);
      const told = await failureReports()({ name: "ships", root, identity: {} }, results);
      expect(told).toMatch(/^No report: E\w+: .*$/);
      expect(told).not.toContain("\n");
    }
  });
});

describe("a failure", () => {
  test("ends with what is told of its report, once; what is no error stays as it is", () => {
    const thrown = new Error("no such order");
    const error = addReport(addReport(thrown, "Report\n  a.html"), "Report\n  a.html");
    expect(error.message).toBe("no such order\n\nReport\n  a.html");
    expect(error.stack).toContain("no such order\n\nReport\n  a.html\n");
    expect(thrown.message).toBe("no such order");
    for (const other of [undefined, null, "text", {}, { message: 1 }]) {
      expect(addReport(other, "Report")).toBe(other);
    }
  });
});

describe("the option of plugins", () => {
  test("is a folder, or none", () => {
    expect(checkReportOptions(true)).toBe(".durabletest");
    expect(checkReportOptions({})).toBe(".durabletest");
    expect(checkReportOptions({ folder: "reports" })).toBe("reports");
    expect(checkReportOptions(false)).toBe(false);
  });

  test.each([
    [{ folders: "x" }, 'There is no setting "folders". Did you mean "folder"?'],
    [{ folder: "" }, "reports.folder"],
    [{ folder: 1 }, "reports.folder: 1"],
    [null, "reports: null"],
    ["reports", 'reports: "reports"'],
  ])("is refused where it cannot be right: %o", (option, message) => {
    expect(() => checkReportOptions(option as never)).toThrow(message);
  });
});
