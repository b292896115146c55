import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { workspaceRoot } from "../packages.ts";
import { blocksOf, type Block } from "./blocks.ts";
import { readPage } from "./pages.ts";

/** A line of a page. */
interface Place {
  readonly page: string;
  readonly line: number;
}

/** A file made of the blocks of a page. */
export interface BlockFile {
  /** Below docs/.blocks. */
  readonly path: string;
  code: string;
  /** Where each line comes from. */
  places: readonly Place[];
  /** Holds tests that are run: all of them pass, or, with `fails`, at least one does not. */
  readonly run?: "passes" | "fails";
}

/** A block that shows what was printed when the block before it was run. */
export interface Output {
  readonly block: Block;
  readonly of: BlockFile;
  readonly kind: "log" | "failure";
}

export interface Extracted {
  readonly files: readonly BlockFile[];
  readonly outputs: readonly Output[];
  readonly problems: readonly string[];
}

const languages = new Set(["ts", "js", "mjs", "json"]);

/**
 * Makes files of the blocks of a page, after what their info strings say:
 *
 * - `file=approval.ts`: the block is that file. A second of that name begins a copy of all files, with this one changed.
 * - `append=approval.ts`: it goes on where that file ends.
 * - `context=order` (in an HTML comment, anywhere): not a file, but what other blocks stand in, in the place of its line "// block".
 * - `in=order`: it stands in that context, as a file of its own; its imports are moved to the top. `as=a.test.ts` names it.
 * - `from=examples/a/b.ts`: an excerpt of that file, word by word; a line "// …" stands for any lines.
 * - none of them: a module of its own.
 * - `no-run`: it is compiled, and not run. `fails`: its test fails. `skip`: it is no whole piece of code.
 * - `output`, `output=failure`: what the block before it prints; the message that its test fails with.
 */
export function extract(page: string): Extracted {
  const blocks = blocksOf(page, readPage(page));
  // They may stand at the end, where they are in nobody's way.
  const contexts = new Map(
    blocks.map((block) => [block.attributes.get("context"), block] as const).filter(isNamed),
  );
  const named = new Map<string, BlockFile>();
  const files: BlockFile[] = [];
  const outputs: Output[] = [];
  const problems: string[] = [];
  const folder = page.replace(/\.md$/, "").replaceAll("/", "-");
  let stage = 0;
  let last: BlockFile | undefined;

  const pathOf = (name: string): string => posix.join(folder, String(stage), name);
  const add = (block: Block, name: string, lines: readonly Line[]): BlockFile => {
    const { attributes } = block;
    const runs = /\.test\.[jt]s$/.test(name) && !attributes.has("no-run");
    const file: BlockFile = {
      path: pathOf(name),
      code: lines.map(({ text }) => text).join("\n") + "\n",
      places: lines.map(({ place }) => place),
      ...(runs && { run: attributes.has("fails") ? "fails" : "passes" }),
    };
    files.push(file);
    return file;
  };

  for (const [index, block] of blocks.entries()) {
    const { attributes } = block;
    const at = `${page}:${block.line - 1}`;
    const output = attributes.get("output");
    if (output !== undefined) {
      if (last?.run === undefined) problems.push(`${at}: an output of nothing that is run.`);
      else outputs.push({ block, of: last, kind: output === "failure" ? "failure" : "log" });
      continue;
    }
    if (!languages.has(block.language)) continue;
    if (attributes.has("skip") || attributes.has("context")) continue;

    const [file, append, inside, from] = ["file", "append", "in", "from"].map((name) =>
      attributes.get(name),
    );
    if (from !== undefined) {
      if (!isExcerpt(block.code, from)) problems.push(`${at}: ${from} does not say so.`);
    } else if (append !== undefined) {
      const target = named.get(append);
      if (target === undefined) problems.push(`${at}: there is no ${append} to append to.`);
      else {
        target.code += `${block.code}\n`;
        target.places = [...target.places, ...linesOf(block).map(({ place }) => place)];
        last = target;
      }
    } else if (file !== undefined) {
      if (named.has(file)) {
        stage += 1;
        for (const [name, earlier] of named) {
          if (name === file) continue;
          const copy = {
            ...earlier,
            path: pathOf(name),
            ...(earlier.run && { run: "passes" as const }),
          };
          files.push(copy);
          named.set(name, copy);
        }
      }
      last = add(block, file, linesOf(block));
      named.set(file, last);
    } else {
      const outer = inside === undefined ? undefined : contexts.get(inside);
      if (inside !== undefined && outer === undefined) {
        problems.push(`${at}: there is no context ${inside}.`);
        continue;
      }
      const lines = outer === undefined ? linesOf(block) : placed(block, outer);
      const isTest = lines.some(({ text }) => /\b(?:test|it)(?:\.\w+)*\(/.test(text));
      const name = `block-${index + 1}${isTest ? ".test" : ""}.${block.language}`;
      last = add(block, attributes.get("as") ?? name, lines);
    }
  }
  return { files, outputs, problems };
}

function isNamed(entry: readonly [string | undefined, Block]): entry is readonly [string, Block] {
  return entry[0] !== undefined;
}

interface Line {
  readonly text: string;
  readonly place: Place;
}

function linesOf({ page, line, code }: Block): readonly Line[] {
  return code.split("\n").map((text, index) => ({ text, place: { page, line: line + index } }));
}

function placed(block: Block, context: Block): readonly Line[] {
  const outer = linesOf(context);
  const hole = outer.findIndex(({ text }) => text.trim() === "// block");
  const inner = linesOf(block);
  const isImport = ({ text }: Line): boolean => /^import .* from .*;$/.test(text);
  return [
    ...inner.filter(isImport),
    ...outer.slice(0, hole),
    ...inner.filter((line) => !isImport(line)),
    ...outer.slice(hole + 1),
  ];
}

function isExcerpt(code: string, file: string): boolean {
  if (!existsSync(join(workspaceRoot, file))) return false;
  const flat = (text: string): string => text.replaceAll(/^\s+/gm, "");
  let rest = flat(readPage(file));
  return code.split(/^\s*\/\/ …$/m).every((part) => {
    const at = rest.indexOf(flat(part).trim());
    rest = rest.slice(at);
    return at >= 0;
  });
}
