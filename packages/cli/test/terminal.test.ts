import { expect, test } from "vitest";
import { project } from "./support/command.ts";

/** Clears the screen, goes up a line, turns the order round, and begins a line of its own. */
const ODD = "odd \u001B[2J\u009B1A\u202E\u007F";
const literal = JSON.stringify(ODD);

const { run, write } = project({
  "src/throws.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => {
      context.logger.info(${literal});
      await context.step("charge", () => ${literal});
      throw Object.assign(new Error(${literal}), { name: ${literal} });
    });`,
  "src/renamed.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => context.step("other", () => 1));`,
  "src/forgetful.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (_: unknown, context) => {
      let said = "nothing";
      await context.step("ask", () => { said = ${literal}; });
      throw new Error(said);
    });`,
  "src/load.ts": `throw new Error(${literal});`,
});

test.each([
  ["run", ["run", "src/throws.ts"]],
  ["explore that finds nothing", ["explore", "src/throws.ts", "--runs", "20"]],
  ["explore that finds something", ["explore", "src/forgetful.ts", "--runs", "20"]],
  ["replay", ["replay", "src/renamed.ts", "histories"]],
  ["trace", ["trace", `histories/${ODD}.json`]],
  ["a module that throws", ["run", "src/load.ts"]],
  ["a file that is not there", ["run", `src/${ODD}.ts`]],
  ["a mistake on the command line", ["run", "src/throws.ts", ODD]],
])("what others have written does nothing to a terminal: %s", async (_, args) => {
  await run(["run", "src/throws.ts", "--history", `histories/${ODD}.json`]);
  write({ [`histories/none ${ODD}.json`]: ODD });
  const { stdout, stderr } = await run(args);
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202E]/);
  expect(stdout + stderr).toContain(String.raw`odd \u001b[2J\u009b1A\u202e\u007f`);
});
