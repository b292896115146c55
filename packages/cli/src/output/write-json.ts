import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { asError } from "@durabletest/runtime/protocol";
import { FileError } from "../errors.ts";

/** As JSON text, for people too. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Writes a file, and the folders that it is in.
 *
 * @throws FileError
 */
export function writeText(file: string, text: string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, text);
  } catch (cause) {
    throw new FileError(`${file} cannot be written: ${asError(cause).message}.`, { cause });
  }
}

/** With those around it. Node's own recursion never ends where a file system knows no folder that could be made. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const around = dirname(folder);
  if (around !== folder) makeFolder(around);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else has made it at the same time.
    if (!existsSync(folder)) throw error;
  }
}
