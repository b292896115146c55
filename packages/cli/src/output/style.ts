import { stripVTControlCharacters } from "node:util";
import type { Io, Output } from "../io.ts";

/** Whether to colour what goes to an output: https://no-color.org, then FORCE_COLOR, then whether it is a terminal. */
export function hasColor(output: Output, env: Io["env"]): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "") !== "") return env["FORCE_COLOR"] !== "0";
  return output.isTTY && env["TERM"] !== "dumb";
}

/** Narrower than this, lines are left to the terminal. */
const NARROWEST = 20;
/** So much of a line is kept for text, however far it is indented. */
const LEAST_TEXT = 16;

/**
 * Breaks lines that are longer than a terminal is wide between words, and goes on below the beginning of their text.
 *
 * @param width - characters in a line; undefined: as long as they are.
 * @param gutter - what stands before the text of a line.
 */
export function wrapLines(
  text: string,
  width: number | undefined,
  gutter: RegExp = /^\s*/,
): string {
  if (width === undefined || width < NARROWEST) return text;
  return text
    .split("\n")
    .map((line) => wrapLine(line, width, gutter))
    .join("\n");
}

function wrapLine(line: string, width: number, gutter: RegExp): string {
  const plain = stripVTControlCharacters(line);
  if (plain.length <= width) return line;
  const indent = Math.min(gutter.exec(plain)?.[0].length ?? 0, width - LEAST_TEXT);
  const rest = line.replace(visible(indent), "");
  const head = line.slice(0, line.length - rest.length);
  const lines: string[] = [];
  let current = head;
  let length = indent;
  for (const piece of rest.split(" ").flatMap((word) => pieces(word, width - indent))) {
    const added = stripVTControlCharacters(piece).length;
    const isFirst = length === indent;
    if (isFirst || length + 1 + added <= width) {
      current += isFirst ? piece : ` ${piece}`;
      length += isFirst ? added : added + 1;
    } else {
      lines.push(current);
      current = " ".repeat(indent) + piece;
      length = indent + added;
    }
  }
  return [...lines, current].join("\n");
}

/** So many characters that are seen, with the colours between them. */
function visible(count: number): RegExp {
  return new RegExp(String.raw`^(?:(?:\u001B\[[\d;]*m)*.){${count}}`, "u");
}

/** A word that is longer than a line, in parts. */
function pieces(word: string, room: number): readonly string[] {
  if (stripVTControlCharacters(word).length <= room) return [word];
  const rest = word.replace(visible(room), "");
  return [word.slice(0, word.length - rest.length), ...pieces(rest, room)];
}

const WIDEST_INDENT = 40;

/** Takes away what all rows of a timeline below its head are indented by. */
export function outdent(text: string): string {
  const [head = "", ...rows] = text.split("\n");
  const indents = rows.map((row) => {
    const plain = stripVTControlCharacters(row);
    return plain.length - plain.trimStart().length;
  });
  const most = indents.reduce((least, one) => Math.min(least, one), WIDEST_INDENT);
  const left = new RegExp(String.raw`^((?:\u001B\[[\d;]*m)*) {${most}}`);
  return [head, ...rows.map((row) => row.replace(left, "$1"))].join("\n");
}

/** What stands before the text of a row of a timeline: its offset, and the edge of an invocation. */
export const TIMELINE_GUTTER: RegExp = /^ *(?:\+[\d.dhms ]*?\d[\d.]*s)? *[┌│└ ] (?=\S)/;
