import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { project } from "./support/command.ts";

const ours = `import { withDurableExecution } from "@durabletest/runtime";\n`;
const say = (text: string): string => `withDurableExecution(async () => ${JSON.stringify(text)})`;

const { run, write } = project({
  "tsconfig.json": `{ "compilerOptions": { "paths": { "@lib/*": ["./src/lib/*"] } } }`,
  "src/lib/color.ts": `export enum Color { Red = "red" }`,
  "src/paths.ts": `${ours}import { Color } from "@lib/color";
    import { Color as Same } from "./lib/color.js";
    await Promise.resolve();
    export const handler = withDurableExecution(async (): Promise<string> => Color.Red + Same.Red);`,
  "src/default.ts": `${ours}export const handler = ${say("handler")};\nexport default ${say("default")};`,
  "src/several.ts": `${ours}export const ship = ${say("ship")};\nexport const bill = ${say("bill")};\nexport const rate = 3;`,
  "src/twice.ts": `${ours}export const ship = ${say("ship")};\nexport { ship as again };`,
  "src/only.ts": `${ours}export const help = () => 1;\nexport const ship = ${say("only")};`,
  "src/old.cjs": `const { withDurableExecution } = require("@durabletest/runtime");
    exports.handler = ${say("CommonJS")};`,
  "src/whole.cjs": `const { withDurableExecution } = require("@durabletest/runtime");
    module.exports = ${say("all of it")};`,
  "src/aws.ts": `import { withDurableExecution } from "@aws/durable-execution-sdk-js";
    export const help = () => 1;
    export const greet = ${say("AWS")};`,
  "src/wrapped.ts": `${ours}const durable = ${say("wrapped")};
    export const handler = (event: never, context: never) => durable(event, context);`,
  "src/page.tsx": `${ours}export const handler = withDurableExecution(async (): Promise<unknown> => <p>tsx</p>);`,
  "src/page.jsx": `${ours}export const handler = withDurableExecution(async () => <p>jsx</p>);`,
  "src/nothing.ts": `export {};`,
  "src/values.ts": `export const rate = 3;`,
  "src/plain.ts": `export const help = async () => 1;`,
  "src/syntax.ts": `export const a = 1;\nexport const b = { c: (2, };\n`,
  "src/throws.ts": `const settings: unknown = undefined;\n\nfunction read(): never {\n  throw new Error("no settings");\n}\nread();`,
  "src/throws-text.ts": `throw "just a text";`,
  "src/exits.ts": `${ours}\nprocess.exit(0);\nexport default ${say("not reached")};`,
  "src/exits-beside.ts": `${ours}
    void Promise.reject(new Error("no table")).catch(() => process.exit());
    export default ${say("not reached")};`,
  "src/exits-quietly.ts": `${ours}try { process.exit(1); } catch {}\nexport default ${say("not reached")};`,
  "src/missing.ts": `import "./not-there";`,
  "src/missing-package.ts": `import "not-installed";`,
  "src/never.ts": `await new Promise(() => {});\nexport default 1;`,
  "src/odd#name.ts": `${ours}export default ${say("odd")};`,
  "src/spins/readme.md": "",
});

write({
  "node_modules/react/jsx-runtime.js":
    "export const jsx = (tag, { children }) => tag + ': ' + children;",
  "node_modules/react/package.json":
    '{ "type": "module", "exports": { "./jsx-runtime": "./jsx-runtime.js" } }',
});

const result = async (...args: string[]): Promise<unknown> => {
  const { stdout, stderr } = await run(["run", "--json", ...args]);
  expect(stderr).toBe("");
  return (JSON.parse(stdout) as { readonly result: unknown }).result;
};

describe("a handler is found", () => {
  test.each([
    ["src/paths.ts", "redred", "with enums, the paths of tsconfig.json, and a top-level await"],
    ["src/default.ts", "default", "as the default export, before one called handler"],
    ["src/default", "default", "by a name without its extension"],
    ["src/only.ts", "only", "as the only durable handler"],
    ["src/twice.ts", "ship", "though it is exported under two names"],
    ["src/several.ts#bill", "bill", "by a name behind the file's"],
    ["src/old.cjs", "CommonJS", "in a CommonJS module"],
    ["src/whole.cjs", "all of it", "as what a CommonJS module exports as a whole"],
    ["src/aws.ts", "AWS", "among other functions, if AWS's SDK has made it"],
    ["src/wrapped.ts", "wrapped", "by the name handler, if something is wrapped around it"],
    ["src/page.tsx", "p: tsx", "in a module with JSX"],
    ["src/page", "p: tsx", "in one that is named without its extension"],
    ["src/page.jsx", "p: jsx", "in a module with JSX that is no TypeScript"],
    ["src/odd#name.ts", "odd", "in a file with a # in its name"],
  ])("%s: %s, %s", async (module, expected) => {
    expect(await result(module)).toBe(expected);
  });

  test("by the option --export", async () => {
    expect(await result("src/several.ts", "--export", "ship")).toBe("ship");
  });
});

describe("what is no module with a handler says so, and what to do", () => {
  const error = async (...args: string[]): Promise<string> => {
    const { exitCode, stderr } = await run(["run", ...args]);
    expect(exitCode).toBe(2);
    return stderr;
  };

  test.each([
    [
      "src/several.ts",
      "exports 2 durable handlers: bill, ship. Choose one, as src/several.ts#bill or src/several.ts#ship",
    ],
    ["src/several.ts#shop", 'has no export shop. Did you mean "ship"?'],
    ["src/several.ts#rate", "The export rate of src/several.ts is 3, which is no handler."],
    ["src/nothing.ts", "exports no durable handler. It exports nothing. Export what"],
    ["src/values.ts", "exports no durable handler. It exports rate."],
    ["src/plain.ts", "Of its functions (help) none was made by withDurableExecution"],
    ["src/syntax.ts", "cannot be loaded: Unexpected token at <project>/src/syntax.ts:2:27."],
    [
      "src/throws.ts",
      "throws while it is loaded: Error: no settings\n    at read (<project>/src/throws.ts:4:9)\n    at <project>/src/throws.ts:6:1\n",
    ],
    ["src/throws-text.ts", "just a text"],
    [
      "src/exits.ts",
      "src/exits.ts ends the process while it is loaded: it, or what it imports, calls process.exit(0). Give it what it lacks, as a variable of the environment, or move that into the handler.\n    at <project>/src/exits.ts:3:9\n",
    ],
    ["src/exits-quietly.ts", "calls process.exit(1)"],
    ["src/exits-beside.ts", "calls process.exit()"],
    [
      "src/missing.ts",
      "Cannot find module './not-there', imported by <project>/src/missing.ts. Is the path right",
    ],
    ["src/missing-package.ts", "Is the package installed where the module is?"],
    ["src/never.ts", "src/never.ts is still loading after 30 seconds."],
    ["src/ordr.ts", "There is no file src/ordr.ts."],
    ["src/sevral.ts", 'There is no file src/sevral.ts. Did you mean "several.ts"?'],
    ["src/spins", "src/spins is a folder. Name the module that exports the handler."],
    ["scr/order.ts", "There is no file scr/order.ts: its folder is not there either"],
  ])("%s: %s", async (module, expected) => {
    // Where one waits for what never comes, the time is over at once.
    const sleep = (ms: number): Promise<void> =>
      module === "src/never.ts"
        ? new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
        : new Promise(() => ms);
    const { exitCode, stderr } = await run(["run", module], { sleep });
    expect(stderr).toContain(expected);
    expect(exitCode).toBe(2);
  });

  test("in JSON, where JSON is asked for", async () => {
    const { stdout, exitCode } = await run(["run", "src/values.ts", "--json"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "HANDLER_CHOICE" } });
  });

  test("a function that is no durable handler is told when it has answered", async () => {
    expect(await error("src/plain.ts#help")).toContain("withDurableExecution");
  });
});

test("a module that ends the process ends that of no command", async () => {
  for (const args of [
    ["replay", "src/exits.ts", "src"],
    ["explore", "src/exits.ts", "--jobs", "1"],
  ]) {
    write({ "src/history.json": "{}" });
    const { exitCode, stdout } = await run([...args, "--json"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "MODULE_LOAD" } });
  }
});

test("a module has the copy of the runtime that its own folder resolves to", async () => {
  const real = fileURLToPath(import.meta.resolve("@durabletest/runtime"));
  write({
    "own/node_modules/@durabletest/runtime/package.json": `{ "type": "module", "exports": "./index.js" }`,
    "own/node_modules/@durabletest/runtime/index.js": `export * from ${JSON.stringify(real)};
      export const copy = "its own";`,
    "own/order.ts": `import { copy, withDurableExecution } from "@durabletest/runtime";
      export default withDurableExecution(async () => copy);`,
  });
  expect(await result("own/order.ts")).toBe("its own");
});
