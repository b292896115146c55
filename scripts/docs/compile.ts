import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { workspaceRoot } from "../packages.ts";
import type { BlockFile } from "./extract.ts";

/**
 * Compiles files below a folder in one program, `project`, which is written.
 *
 * @returns What is wrong, at the lines of the pages.
 */
export function compile(
  folder: string,
  project: string,
  settings: object,
  files: readonly BlockFile[],
): readonly string[] {
  writeFileSync(join(folder, project), JSON.stringify(settings));
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      join(workspaceRoot, "node_modules/typescript/bin/tsc"),
      "-p",
      join(folder, project),
      "--pretty",
      "false",
    ],
    { encoding: "utf8", cwd: workspaceRoot },
  );
  if (status === 0) return [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [, name = "", row = "", rest = ""] = /^(.*?)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      const file = byPath.get(relative(folder, resolve(workspaceRoot, name)));
      const place = file?.places[Number(row) - 1];
      return place === undefined ? line : `${place.page}:${place.line}: ${rest}`;
    });
}
