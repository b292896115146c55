/**
 * The examples of the TSDoc, as files to compile: an example shows one call, so what it leaves out is added. Exports of the
 * packages and names of Vitest are imported, all else it may name is declared in docs/example-names.d.ts.
 */
import { existsSync } from "node:fs";
import { ApiDocumentedItem, type ApiItem, ApiPackage } from "@microsoft/api-extractor-model";
import { apiModel, publishedPackages, type WorkspacePackage } from "../packages.ts";
import type { BlockFile } from "./extract.ts";
import { markdownOf } from "./tsdoc.ts";

interface Example {
  /** What it is an example of. */
  readonly name: string;
  readonly code: string;
}

interface Entry {
  /** What it is imported by. */
  readonly specifier: string;
  readonly exported: ReadonlySet<string>;
  readonly examples: readonly Example[];
}

/** Of other packages. What is a framework's comes from Vitest, whatever an entry has of that name. */
const framework = new Map(
  ["expect", "test", "describe", "beforeAll", "afterAll"].map((name) => [name, "vitest"]),
);
const elsewhere = new Map([
  ["LambdaClient", "@aws-sdk/client-lambda"],
  ["SendDurableExecutionCallbackSuccessCommand", "@aws-sdk/client-lambda"],
  ["readFile", "node:fs/promises"],
  ["writeFile", "node:fs/promises"],
  ["spawn", "node:child_process"],
]);

/** @returns Nothing where the models have not been made: `pnpm build`, then `pnpm api:check`. */
export function exampleFiles(folder: string): readonly BlockFile[] {
  const entries = publishedPackages().flatMap((workspacePackage) => entriesOf(workspacePackage));
  return entries.flatMap((entry, at) =>
    entry.examples.map(({ name, code }, index): BlockFile => {
      const lines = completed(code, [entry, ...entries]);
      const place = { page: `${entry.specifier}, example of ${name}`, line: 1 };
      return {
        path: `${folder}/${at}-${index}.ts`,
        code: lines.join("\n"),
        places: lines.map(() => place),
      };
    }),
  );
}

function entriesOf(workspacePackage: WorkspacePackage): readonly Entry[] {
  const seen = new Set<string>();
  return workspacePackage.entries.flatMap(({ export: path, output }) => {
    const model = apiModel(workspacePackage, output);
    if (seen.has(output) || !existsSync(model)) return [];
    seen.add(output);
    const api = ApiPackage.loadFromJsonFile(model);
    return [
      {
        specifier: workspacePackage.name + path.slice(1),
        exported: new Set(
          api.entryPoints.flatMap(({ members }) => members.map((m) => m.displayName)),
        ),
        examples: examplesOf(api),
      },
    ];
  });
}

function examplesOf(item: ApiItem): readonly Example[] {
  const comment = item instanceof ApiDocumentedItem ? item.tsdocComment : undefined;
  const blocks = (comment?.customBlocks ?? []).filter(
    ({ blockTag }) => blockTag.tagName === "@example",
  );
  const codes = blocks.flatMap(({ content }) => [
    ...markdownOf(content, () => undefined).matchAll(/^```ts\n([\s\S]*?)^```$/gm),
  ]);
  return [
    ...codes.map(([, code = ""]) => ({ name: item.displayName, code })),
    ...item.members.flatMap((member) => examplesOf(member)),
  ];
}

/** With imports of what it names, in a function, so that it may return. */
function completed(code: string, entries: readonly Entry[]): readonly string[] {
  const imports: string[] = code.match(/^import .*$/gm) ?? [];
  const body = code.replaceAll(/^import .*$/gm, "");
  const declared = new Set(
    [...code.matchAll(/\b(?:const|let|class|function|interface|type)\s+(\w+)/g)].map(
      ([, name]) => name,
    ),
  );
  for (const [, names = ""] of code.matchAll(/^import (?:type )?\{(.*)\}/gm)) {
    for (const name of names.split(",")) declared.add(name.replace("type ", "").trim());
  }
  for (const [, name = ""] of code.matchAll(/^import (\w+)/gm)) declared.add(name);
  const [own] = entries;
  // A plugin's `test` is made of a handler.
  const hasTest = own?.exported.has("durableTest") === true && !declared.has("test");
  const named = new Set(code.match(/(?<![.\w"'])[A-Za-z]\w*/g));
  for (const name of named) {
    if (declared.has(name)) continue;
    if (name === "test" && hasTest) {
      imports.push(
        `import { durableTest } from "${own.specifier}";`,
        "const test = durableTest(handler);",
      );
      declared.add("durableTest");
      continue;
    }
    if (name === "runner" && own?.specifier.endsWith("/aws") === true) {
      imports.push(`import { LocalDurableTestRunner } from "${own.specifier}";`);
      imports.push("declare const runner: LocalDurableTestRunner<unknown>;");
      continue;
    }
    const home =
      framework.get(name) ??
      entries.find(({ exported }) => exported.has(name))?.specifier ??
      elsewhere.get(name);
    if (home !== undefined) imports.push(`import { ${name} } from "${home}";`);
  }
  return /^export /m.test(body)
    ? [...imports, ...body.split("\n")]
    : [...imports, "export async function example() {", ...body.split("\n"), "}"];
}
