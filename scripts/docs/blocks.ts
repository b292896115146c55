/** A fenced block of a page, with what its info string says about it. */
export interface Block {
  /** From the root of the repository. */
  readonly page: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
  /** How many lines of code there are. */
  readonly length: number;
  readonly language: string;
  /** `fails`, `output=failure` … by name; a word without a value is "". */
  readonly attributes: ReadonlyMap<string, string>;
  readonly code: string;
  /** Inside of an HTML comment: there to compile and run the others, and seen by nobody. */
  readonly hidden: boolean;
}

/** Finds the fenced blocks of a page, also those in lists and in HTML comments. */
export function blocksOf(page: string, text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  let hidden = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line.trim() === "<!--") hidden = true;
    if (line.trim() === "-->") hidden = false;
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,})(.*)$/.exec(line) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((other, at) => at > index && other.trim() === fence);
    if (end < 0) throw new Error(`${page}:${index + 1}: the block does not end.`);
    const [language = "", ...words] = info.trim().split(/\s+/);
    blocks.push({
      page,
      line: index + 2,
      length: end - index - 1,
      language,
      attributes: new Map(words.map((word) => split(word))),
      code: lines
        .slice(index + 1, end)
        .map((code) => (code.startsWith(indent) ? code.slice(indent.length) : code))
        .join("\n"),
      hidden,
    });
    index = end;
  }
  return blocks;
}

function split(word: string): readonly [string, string] {
  const [name = "", ...value] = word.split("=");
  return [name, value.join("=")];
}

/** The same text, with what a reader would not see left out. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^<!--\n[\s\S]*?^-->\n+/gm, "");
}
