import type { DurableResult } from "@durabletest/testing";
import { InvalidHistoryError, resultOfHistory } from "@durabletest/testing/replay";
import type { Io } from "../io.ts";
import { readJson } from "./json.ts";
import { readText, sourceName } from "./read-text.ts";

/**
 * A history as a file has it: text that is JSON. Whether it is a history is not looked at.
 *
 * @throws FileError, InvalidJsonError
 */
export async function readHistoryFile(path: string, io: Io): Promise<unknown> {
  return readJson(await readText(path, io), sourceName(path));
}

/**
 * What a history in a file tells of its execution.
 *
 * @throws FileError, InvalidJsonError, InvalidHistoryError
 */
export async function readExecution(path: string, io: Io): Promise<DurableResult<unknown>> {
  const history = await readHistoryFile(path, io);
  try {
    // Whatever JSON there is: what is no history is told apart by what reads it.
    return resultOfHistory(history as object);
  } catch (error) {
    throw namingFile(error, sourceName(path));
  }
}

/** That a file has no history says which one. */
function namingFile(error: unknown, path: string): unknown {
  return InvalidHistoryError.is(error)
    ? new InvalidHistoryError(`${path}: ${error.message}`, { cause: error })
    : error;
}
