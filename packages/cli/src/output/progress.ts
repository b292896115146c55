import { visible } from "@durabletest/testing/plugin";
import type { Io } from "../io.ts";

/** One line about work that takes long, on a terminal; nothing anywhere else. */
export interface Progress {
  /** Replaces the line. */
  show(text: string): void;
  /** Takes it away. */
  clear(): void;
}

const CLEAR_LINE = "\r\u001B[K";

export function progressOf({ stderr, env }: Io): Progress {
  if (!stderr.isTTY || env["TERM"] === "dumb") return { show: () => {}, clear: () => {} };
  const room = (stderr.columns ?? 80) - 1;
  return {
    show: (text) => {
      stderr.write(`${CLEAR_LINE}${visible(text).slice(0, room)}`);
    },
    clear: () => {
      stderr.write(CLEAR_LINE);
    },
  };
}
