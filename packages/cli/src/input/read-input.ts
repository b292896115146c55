import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readJson } from "./json.ts";
import { readText, sourceName } from "./read-text.ts";

/**
 * What an execution is given: `--input`, or what is in `--input-file`.
 *
 * @throws UsageError, InvalidJsonError, FileError
 */
export async function readInput(
  { input, inputFile }: { readonly input?: string; readonly inputFile?: string },
  io: Io,
): Promise<unknown> {
  if (inputFile === undefined) return input === undefined ? undefined : readJson(input, "--input");
  if (input === undefined) {
    return readJson(await readText(inputFile, io), sourceName(inputFile));
  }
  throw new UsageError("--input and --input-file say the same thing. Give one of them.");
}
