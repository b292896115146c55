import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { asError } from "@durabletest/runtime/protocol";
import { suggestion } from "@durabletest/testing/plugin";
import { FileError } from "../errors.ts";
import type { Io } from "../io.ts";

/**
 * What is in a file.
 *
 * @param path - from the folder in which the command runs; `-` for what comes in.
 * @throws FileError, with names that are near.
 */
export function readText(path: string, { cwd, readStdin }: Pick<Io, "cwd" | "readStdin">): string {
  if (path === "-") return readStdin();
  const file = resolve(cwd, path);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (!hasCode(cause, "ENOENT")) {
      const what = hasCode(cause, "EISDIR") ? "it is a folder" : asError(cause).message;
      throw new FileError(`${path} cannot be read: ${what}.`, { cause });
    }
    throw new FileError(`There is no file ${path}.${near(file)}`, { cause });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return asError(error) === error && "code" in error && error.code === code;
}

function near(file: string): string {
  const folder = dirname(file);
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return isThere
    ? suggestion(basename(file), readdirSync(folder))
    : ` Nor is there a folder ${folder}.`;
}
