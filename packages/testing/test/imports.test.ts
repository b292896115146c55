import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Prints what stacks were read of, from the first import to the end of an execution. */
const script = `
const read = [];
Error.prepareStackTrace = (error) => {
  read.push(String(error));
  return String(error);
};
const { withDurableExecution } = await import("@durabletest/runtime");
const { DurableTestRunner } = await import("@durabletest/testing");
const handler = withDurableExecution(async (input, context) => {
  await context.wait({ hours: 1 });
  return context.step("double", async () => input * 2);
});
const result = await new DurableTestRunner(handler).run(21);
console.log(JSON.stringify({ status: result.status, read }));
`;

// Where a framework has stacks go through source maps, the first one that is read loads the map of all its files.
test("neither importing the packages nor an execution that succeeds reads a stack", () => {
  const types = process.features.typescript === false ? ["--experimental-strip-types"] : [];
  const flags = ["--conditions=@durabletest/source", "--no-warnings", ...types];
  const args = [...flags, "--input-type=module", "--eval", script];
  const options = { cwd: import.meta.dirname, encoding: "utf8" } as const;
  expect(JSON.parse(execFileSync(process.execPath, args, options))).toEqual({
    status: "SUCCEEDED",
    read: [],
  });
});
