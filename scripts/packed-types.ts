import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Checks, forEachAtOnce, outcomeOf } from "./packed.ts";

/** The compilers that suites are met with: the oldest that AWS's template allows, and the last of each since. */
const COMPILERS = { "5.4": "5.4.5", "5.9": "5.9.3", "6.0": "6.0.3", "7.0": "7.0.2" } as const;
type Compiler = keyof typeof COMPILERS;

/** How a project finds modules. */
interface Setting {
  readonly moduleResolution: "node10" | "node16" | "nodenext" | "bundler";
  readonly module: string;
  /** Of the manifest beside the sources. */
  readonly type: "module" | "commonjs";
}

const SETTINGS: readonly Setting[] = [
  // As AWS's project template has it, and as bundlers were configured before they had a word of their own.
  { moduleResolution: "node10", module: "commonjs", type: "commonjs" },
  { moduleResolution: "node10", module: "esnext", type: "module" },
  { moduleResolution: "node16", module: "node16", type: "commonjs" },
  { moduleResolution: "node16", module: "node16", type: "module" },
  { moduleResolution: "nodenext", module: "nodenext", type: "commonjs" },
  { moduleResolution: "nodenext", module: "nodenext", type: "module" },
  { moduleResolution: "bundler", module: "preserve", type: "commonjs" },
  { moduleResolution: "bundler", module: "esnext", type: "module" },
];

/** The compilers, as dependencies of the project. */
export const COMPILER_PACKAGES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(COMPILERS).map(([name, version]) => [
    `typescript-${name}`,
    `npm:typescript@${version}`,
  ]),
);

/** Compiles a project that imports every entry, once per compiler and setting. */
export async function checkTypes(project: string, checks: Checks): Promise<void> {
  const cases = (Object.keys(COMPILERS) as Compiler[]).flatMap((compiler) =>
    SETTINGS.filter(({ moduleResolution }) => isTried(compiler, moduleResolution)).map(
      (setting) => ({
        compiler,
        setting,
      }),
    ),
  );
  await forEachAtOnce(cases, async ({ compiler, setting }) => {
    const { moduleResolution, module, type } = setting;
    const directory = join(project, "types", `${compiler}-${moduleResolution}-${module}-${type}`);
    mkdirSync(directory, { recursive: true });
    cpSync(join(import.meta.dirname, "packed-types"), directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, type }));
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(configFor(compiler, setting)));
    const compile = join(project, "node_modules", `typescript-${compiler}`, "bin/tsc");
    const { passed, output } = await outcomeOf([process.execPath, compile], directory);
    checks.check(
      `TypeScript ${compiler}, moduleResolution ${moduleResolution}, module ${module}, ${type}`,
      passed,
      output,
    );
  });
}

/** TypeScript 7 has done away with node10. What node16 is, is asked the first and the last: for these it is nodenext. */
function isTried(compiler: Compiler, resolution: Setting["moduleResolution"]): boolean {
  if (resolution === "node10") return compiler !== "7.0";
  return resolution !== "node16" || compiler === "5.4" || compiler === "7.0";
}

function configFor(compiler: Compiler, { moduleResolution, module }: Setting): object {
  return {
    compilerOptions: {
      target: "es2022",
      module,
      moduleResolution,
      strict: true,
      esModuleInterop: true,
      types: ["node"],
      noEmit: true,
      // As the template has it: AWS's declarations do not compile everywhere, nor do Vitest's.
      skipLibCheck: true,
      ...(compiler === "6.0" && moduleResolution === "node10" && { ignoreDeprecations: "6.0" }),
    },
  };
}
