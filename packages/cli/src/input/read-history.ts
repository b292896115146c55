import type { DurableResult } from "@durabletest/testing";
import { InvalidHistoryError, resultOfHistory } from "@durabletest/testing/replay";
import type { Io } from "../io.ts";
import { readJson } from "./json.ts";
import { readText } from "./read-text.ts";

/**
 * A history as a file has it: text that is JSON. Whether it is a history is not looked at.
 *
 * @throws FileError, InvalidJsonError
 */
export function readHistoryFile(path: string, io: Io): unknown {
  return readJson(readText(path, io), path);
}

/**
 * What a history in a file tells of its execution.
 *
 * @throws FileError, InvalidJsonError, InvalidHistoryError
 */
export function readExecution(path: string, io: Io): DurableResult<unknown> {
  const history = readHistoryFile(path, io);
  try {
    // Whatever JSON there is: what is no history is told apart by what reads it.
    return resultOfHistory(history as object);
  } catch (error) {
    throw namingFile(error, path);
  }
}

/** That a file has no history says which one. */
export function namingFile(error: unknown, path: string): unknown {
  return InvalidHistoryError.is(error)
    ? new InvalidHistoryError(`${path}: ${error.message}`, { cause: error })
    : error;
}
