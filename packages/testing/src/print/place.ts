import { basename } from "node:path/posix";
import type { ErrorObject } from "@durabletest/runtime";

const FRAME = /^\s*at (?:.*[\s()])?([^\s()]+):(\d+):\d+\)?$/;
/** With it a loader tells a module from the same one before it changed: it differs from run to run. */
const QUERY = /\?[^\s():]*(?=(?::\d+:\d+\)?)?$)/;
const NOT_THE_USERS = /<anonymous>\)?$|node_modules|node:|[/\\]runtime[/\\](?:src|dist)[/\\]/;

/** The frames of an error that are the user's. */
export function userFramesOf(
  error: Pick<ErrorObject, "StackTrace"> | undefined,
): readonly string[] {
  return (error?.StackTrace ?? []).filter(
    (line) => /^\s*at /.test(line) && !NOT_THE_USERS.test(line),
  );
}

/** Where in the user's code an error was thrown: ` at order.ts:12:`; empty where that is not known. */
export function placeText(error: Pick<ErrorObject, "StackTrace"> | undefined): string {
  for (const line of userFramesOf(error)) {
    const [, file, row] = FRAME.exec(line) ?? [];
    if (file !== undefined) {
      return ` at ${basename(withoutQuery(file).replaceAll("\\", "/"))}:${row}:`;
    }
  }
  return "";
}

/** A frame, or the file that it names, without what a loader has put behind that. */
export function withoutQuery(place: string): string {
  return place.replace(QUERY, "");
}
