/** What `durabletest dev` gives as a test passes as it is: recorded sessions, run by the real Vitest and the real Jest. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Framework, TestFile } from "../../src/dev/test-code.ts";
import { files, modules, plays } from "../dev/support/recorded-sessions.ts";
import { openSession, type OpenSession } from "../dev/support/session.ts";
import { createProject } from "../../../jest-plugin/test/projects/project.ts";
import { runVitest } from "../../../jest-plugin/test/projects/vitest.ts";

const swc = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
};

test("the tests of recorded sessions pass, in Vitest and in Jest", async () => {
  using project = createProject({
    ...files,
    "vitest.config.mjs": `export default { test: { include: ["src/all.vitest.ts"] } };`,
  });
  const { root } = project;
  mkdirSync(join(root, "node_modules"));
  symlinkSync(
    join(import.meta.dirname, "../../node_modules/@aws"),
    join(root, "node_modules/@aws"),
  );
  const session = await openSession(root, modules);
  const names = Object.keys(plays);
  for (const [name, play] of Object.entries(plays)) {
    const id = await play(session);
    for (const framework of ["vitest", "jest"] as const) {
      const { code } = await testOf(session, id, framework);
      const stem = name.replaceAll(" ", "-");
      project.write(`src/${stem}.${framework === "jest" ? "test" : "vitest"}.ts`, code);
    }
  }
  await session.session.close();
  // In one file each: what every test file loads anew takes longer than all of them.
  const all = (framework: string): string =>
    names.map((name) => `import "./${name.replaceAll(" ", "-")}.${framework}";\n`).join("");
  project.write("src/all.vitest.ts", all("vitest"));
  project.write("src/all.test.ts", all("test"));

  const vitest = await runVitest(root);
  expect(vitest.output).toContain(`Tests  ${names.length} passed (${names.length})`);
  const jest = await project.run({
    config: { testMatch: ["**/all.test.ts"], transform: { "\\.ts$": ["@swc/jest", swc] } },
  });
  expect(Object.values(jest.tests).filter((failure) => failure !== "")).toEqual([]);
  expect(Object.keys(jest.tests)).toHaveLength(names.length);
});

async function testOf(session: OpenSession, id: string, framework: Framework): Promise<TestFile> {
  const reply = await session.ask({ kind: "test", execution: id, framework });
  return (reply as { readonly test: TestFile }).test;
}
