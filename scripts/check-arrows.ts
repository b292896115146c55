/**
 * Holds the imports between files against the arrows that ARCHITECTURE.md allows, and against circles.
 *
 * A block of code in ARCHITECTURE.md that is marked "arrows", followed by a folder, lists the rooms of that
 * folder: files (without their ending) and folders (with a slash). A room imports itself and what stands on a line below
 * its own, nothing else. Type imports count, tests do not.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** Lists rooms, the highest floor first. */
interface Plan {
  readonly folder: string;
  /** By room: its floor, counted from the top. */
  readonly floors: ReadonlyMap<string, number>;
}

type Imports = ReadonlyMap<string, readonly string[]>;

const root = join(import.meta.dirname, "..");

const sources = globSync(
  [
    "packages/*/src/**/*.ts",
    "packages/*/test/**/*.ts",
    "{bench,conformance,examples,faults,scripts}/**/*.ts",
  ],
  { cwd: root, exclude: (name) => name.includes("node_modules") || name.includes("/dist/") },
).toSorted();

const imports: Imports = new Map(sources.map((file) => [file, importsOf(file)]));
const problems = [
  ...circles(imports).map((circle) => `A circle of files: ${[...circle, circle[0]].join(" → ")}`),
  ...plans().flatMap((plan) => wrongArrows(plan)),
];

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0
    ? `${sources.length} files: no circle, no arrow that ARCHITECTURE.md does not allow.`
    : `${problems.length} problems.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The files that a file imports, of this repository, by their paths from the root. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [
    ...text.matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["'];|\bimport\(["']([^"']+)["']\)/gm),
  ];
  return specifiers.flatMap(([, imported, loaded]) => {
    const specifier = imported ?? loaded ?? "";
    const [, own] = /^@durabletest\/([\w-]+)/.exec(specifier) ?? [];
    if (own !== undefined) return [`packages/${own}/src/index.ts`];
    if (!specifier.startsWith(".")) return [];
    const target = resolve(root, dirname(file), specifier);
    return existsSync(target) && target.endsWith(".ts") ? [relative(root, target)] : [];
  });
}

function plans(): readonly Plan[] {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  return [...text.matchAll(/^```arrows (\S+)\n(.*?)^```$/gms)].map(
    ([, folder = "", lines = ""]) => ({
      folder,
      floors: new Map(
        lines
          .trim()
          .split("\n")
          .flatMap((line, floor) =>
            line
              .trim()
              .split(/\s+/)
              .map((room) => [room, floor] as const),
          ),
      ),
    }),
  );
}

function wrongArrows({ folder, floors }: Plan): readonly string[] {
  const roomOf = (file: string): string | undefined => {
    if (!file.startsWith(`${folder}/`)) return undefined;
    const [first = "", ...rest] = file.slice(folder.length + 1).split("/");
    return rest.length === 0 ? first.replace(/\.ts$/, "") : `${first}/`;
  };
  const wrong: string[] = [];
  for (const [file, targets] of imports) {
    const room = roomOf(file);
    if (room === undefined) continue;
    const floor = floors.get(room);
    if (floor === undefined) {
      wrong.push(
        `${file} stands in no room of ${folder}: add "${room}" to the arrows in ARCHITECTURE.md.`,
      );
      continue;
    }
    for (const target of targets) {
      const targetRoom = roomOf(target);
      if (targetRoom === undefined || targetRoom === room) continue;
      if ((floors.get(targetRoom) ?? Infinity) > floor) continue;
      wrong.push(
        `${file} imports ${target}: "${targetRoom}" does not stand below "${room}" in ${folder}.`,
      );
    }
  }
  return wrong;
}

/** Groups of files that reach each other: the strongly connected components, after Tarjan. */
function circles(graph: Imports): readonly (readonly string[])[] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): void => {
    const place = order.size;
    order.set(file, place);
    lowest.set(file, place);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      if (!order.has(target)) visit(target);
      else if (!stack.includes(target)) continue;
      lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(target) ?? 0));
    }
    if (lowest.get(file) !== place) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group);
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}
