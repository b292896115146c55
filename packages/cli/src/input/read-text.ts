import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { asError } from "@durabletest/runtime/protocol";
import { suggestion } from "@durabletest/testing/plugin";
import { FileError } from "../errors.ts";
import type { Io } from "../io.ts";

/**
 * What is in a file, whichever of the encodings it has that shells write.
 *
 * @param path - from the folder in which the command runs; `-` for what comes in.
 * @throws FileError, with names that are near.
 */
export async function readText(
  path: string,
  { cwd, readStdin }: Pick<Io, "cwd" | "readStdin">,
): Promise<string> {
  return decoded(path === "-" ? await readIncoming(readStdin) : readBytes(path, cwd));
}

/** What a text is called in messages that was read from there. */
export function sourceName(path: string): string {
  return path === "-" ? "stdin" : path;
}

async function readIncoming(readStdin: Io["readStdin"]): Promise<Uint8Array> {
  try {
    return await readStdin();
  } catch (cause) {
    throw new FileError(`stdin cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

function readBytes(path: string, cwd: string): Uint8Array {
  const file = resolve(cwd, path);
  try {
    return readFileSync(file);
  } catch (cause) {
    if (!hasCode(cause, "ENOENT")) {
      throw new FileError(`${path} cannot be read: ${reasonOf(cause)}.`, { cause });
    }
    throw new FileError(`There is no file ${path}.${near(file)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return hasCode(cause, "EISDIR") ? "it is a folder" : asError(cause).message;
}

/** By its byte order mark, which is no part of it: `>` of Windows PowerShell 5 writes UTF-16. Without one, UTF-8. */
function decoded(bytes: Uint8Array): string {
  const mark = bytes.length < 2 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint16(0);
  const encoding = mark === 0xff_fe ? "utf-16le" : mark === 0xfe_ff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
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
