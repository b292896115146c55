import { readFileSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { userFramesOf, withoutQuery } from "../print/place.ts";
import type { ErrorObject } from "@durabletest/runtime";
import type { ReportedError, SourceLines } from "./report-data.ts";

const FRAME = /^\s*at (?:.*[\s()])?([^\s()]+):(\d+):\d+\)?$/;
/** Lines before and after the one that is meant. */
const AROUND = 4;
const LONGEST_LINE = 300;
const LARGEST_FILE = 2_000_000;
/** Frames of the user's code that are shown with their lines, of one error. */
const FRAMES_WITH_LINES = 3;

/** Tells errors with the lines of source that they come from, as far as those files are there to read. */
export function errorReader(): (error: ErrorObject | undefined) => ReportedError | undefined {
  const files = new Map<string, readonly string[] | undefined>();
  const linesOf = (file: string): readonly string[] | undefined => {
    if (!files.has(file)) files.set(file, readLines(file));
    return files.get(file);
  };
  const sourceOf = (frame: string): SourceLines | undefined => {
    const [, place = "", row = ""] = FRAME.exec(frame) ?? [];
    const file = pathOf(place);
    const lines = file === undefined ? undefined : linesOf(file);
    const line = Number(row);
    if (file === undefined || lines === undefined || line < 1 || line > lines.length)
      return undefined;
    const first = Math.max(1, line - AROUND);
    const shown = lines.slice(first - 1, line + AROUND).map((text) => text.slice(0, LONGEST_LINE));
    return { file, line, first, lines: shown };
  };
  return (error) => {
    if (error === undefined) return undefined;
    const users = new Set(userFramesOf(error).slice(0, FRAMES_WITH_LINES));
    return {
      type: error.ErrorType ?? "Error",
      message: error.ErrorMessage ?? "",
      ...(error.ErrorData !== undefined && { data: error.ErrorData }),
      frames: (error.StackTrace ?? []).map((text) => {
        const source = users.has(text) ? sourceOf(text) : undefined;
        return { text: text.trim(), ...(source && { source }) };
      }),
    };
  };
}

/** The file that a frame names, if it is one on this machine. */
function pathOf(place: string): string | undefined {
  if (!place.startsWith("file:")) return isAbsolute(place) ? withoutQuery(place) : undefined;
  try {
    return fileURLToPath(place);
  } catch {
    return undefined;
  }
}

/** Nothing where there is nothing to read, for whatever reason: the error itself is told all the same. */
function readLines(file: string): readonly string[] | undefined {
  try {
    if (statSync(file).size > LARGEST_FILE) return undefined;
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch {
    return undefined;
  }
}
