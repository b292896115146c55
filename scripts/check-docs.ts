/**
 * Compiles and runs the code of the pages, and compares what they say is printed with what is. `--update` writes what is printed
 * into the pages. See scripts/docs/extract.ts for how a block says what it is.
 *
 * Pages: docs/, and the README files. With names as arguments, those alone: `check-docs.ts docs/server.md`.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { compile } from "./docs/compile.ts";
import { exampleFiles } from "./docs/examples.ts";
import { extract, type Output } from "./docs/extract.ts";
import { run, type Run } from "./docs/run.ts";
import { workspaceRoot } from "./packages.ts";

const update = process.argv.includes("--update");
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const pages =
  chosen.length > 0
    ? chosen
    : globSync(
        ["README.md", "SECURITY.md", "docs/{*,guide/*}.md", "{packages/*,examples}/README.md"],
        {
          cwd: workspaceRoot,
        },
      ).toSorted();

const begun = performance.now();
const folder = join(workspaceRoot, "docs/.blocks");
rmSync(folder, { recursive: true, force: true });
const extracted = pages.map((page) => extract(page));
const files = extracted.flatMap((page) => page.files);
const examples = chosen.length > 0 ? [] : exampleFiles("reference");
for (const { path, code } of [...files, ...examples]) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), code);
}

const base = { extends: "../../tsconfig.base.json" };
const asWritten = { noUnusedLocals: false, noUnusedParameters: false };
const problems = [
  ...extracted.flatMap((page) => page.problems),
  ...compile(
    folder,
    "tsconfig.json",
    { ...base, compilerOptions: asWritten, include: ["**/*.ts"], exclude: ["reference"] },
    files,
  ),
  ...(examples.length === 0 ? [] : compileExamples()),
  ...(await runAll()),
];
for (const problem of problems) console.error(problem);
console.log(
  `${pages.length} pages, ${files.length} files of code, ${files.filter((file) => file.run).length} of them run, ${examples.length} examples of the reference, in ${Math.round((performance.now() - begun) / 1000)} s: ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** What an example takes for granted has other settings, and names that pages must not have. */
function compileExamples(): readonly string[] {
  const lenient = {
    ...asWritten,
    verbatimModuleSyntax: false,
    noPropertyAccessFromIndexSignature: false,
    noUncheckedIndexedAccess: false,
    noImplicitReturns: false,
  };
  const include = ["reference/*.ts", "../example-names.d.ts"];
  return compile(
    folder,
    "tsconfig.reference.json",
    { ...base, compilerOptions: lenient, include },
    examples,
  );
}

async function runAll(): Promise<readonly string[]> {
  const runs = await run(folder);
  const found: string[] = [];
  for (const file of files) {
    if (file.run === undefined) continue;
    const [place] = file.places;
    const failures = runs.get(file.path)?.failures ?? ["It has not been run."];
    if (file.run === "passes" && failures.length > 0) {
      found.push(`${place?.page}:${place?.line} (${file.path}) fails:\n${failures.join("\n")}`);
    } else if (file.run === "fails" && failures.length === 0) {
      found.push(`${place?.page}:${place?.line} (${file.path}) is said to fail, and passes.`);
    }
  }
  // From the last to the first, so that lines stay where they are.
  for (const output of extracted.flatMap((page) => page.outputs).toReversed()) {
    const problem = compared(output, runs.get(output.of.path));
    if (problem !== undefined) found.push(problem);
  }
  return found;
}

function compared({ block, kind }: Output, happened: Run | undefined): string | undefined {
  const text = kind === "log" ? happened?.printed : happened?.failures.join("\n");
  const actual = stripVTControlCharacters(text ?? "")
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/(?:\/\S*)?docs\/\.blocks\/[\w-]+\/\d+\//g, "")
    .trim();
  if (matches(block.code.trim(), actual)) return undefined;
  if (!update) {
    return `${block.page}:${block.line}: is printed otherwise (--update writes it):\n${actual}`;
  }
  const lines = readFileSync(join(workspaceRoot, block.page), "utf8").split("\n");
  lines.splice(block.line - 1, block.length, ...actual.split("\n"));
  writeFileSync(join(workspaceRoot, block.page), lines.join("\n"));
  console.log(`${block.page}:${block.line}: updated`);
  return undefined;
}

/** A line "…" stands for any lines. */
function matches(expected: string, actual: string): boolean {
  const pattern = expected
    .split(/^…$/m)
    .map((part) => RegExp.escape(part.trim()))
    .join("[\\s\\S]*");
  return new RegExp(`^${pattern}$`).test(actual);
}
