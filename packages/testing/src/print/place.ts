import { basename } from "node:path/posix";
import type { ErrorObject } from "@durabletest/runtime";

const FRAME = /^\s*at .*?([^\s()]+):(\d+):\d+\)?$/;

/** Where in the user's code an error was thrown: ` at order.ts:12:`; empty where that is not known. */
export function placeText(error: Pick<ErrorObject, "StackTrace"> | undefined): string {
  for (const line of error?.StackTrace ?? []) {
    const [, file = "", row] = FRAME.exec(line) ?? [];
    if (row === undefined || /node_modules|^node:|[/\\]runtime[/\\](?:src|dist)[/\\]/.test(file))
      continue;
    return ` at ${basename(file.replaceAll("\\", "/"))}:${row}:`;
  }
  return "";
}
