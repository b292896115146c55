import { mkdirSync, writeFileSync } from "node:fs";
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
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    throw new FileError(`${file} cannot be written: ${asError(cause).message}.`, { cause });
  }
}
