/**
 * Writes docs/.site: all pages of the site as VitePress takes them, and what is served beside them.
 */
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join } from "node:path";
import { workspaceRoot } from "../packages.ts";
import { withoutComments } from "./blocks.ts";
import { isFolder, siteLinks } from "./links.ts";
import { everything, listOfPages, type Text } from "./llms.ts";
import { readPage, siteSections, type Page } from "./pages.ts";
import { referencePages } from "./reference.ts";

const site = join(workspaceRoot, "docs/.site");

/** @returns How many pages there are. */
export function assemble(): number {
  const sections = siteSections();
  const pages = sections.flatMap(({ pages: some }) => some);
  const byFile = new Map(pages.map((page) => [page.source, page]));
  const shown = new Set<string>();

  // What links lead to and no page of its own is: an example is a page, another file is served as it is.
  const locate = (file: string): string => {
    const page = byFile.get(file) ?? byFile.get(`${file}/README.md`);
    if (page !== undefined) return `${page.path}.md`;
    shown.add(file);
    return isExample(file) ? `${file}.md` : `source/${file}.txt`;
  };

  const written = new Set<string>();
  const write = (path: string, text: string): void => {
    const target = join(site, path);
    written.add(target);
    // VitePress builds anew what is newer.
    if (existsSync(target) && readFileSync(target, "utf8") === text) return;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  };

  const texts: (Text & { readonly section: string })[] = [];
  for (const { title, pages: some } of sections) {
    for (const page of some) {
      const text = siteLinks(
        page.source,
        page.path,
        withoutComments(readPage(page.source)),
        locate,
      );
      write(`${page.path}.md`, text);
      texts.push({ section: title, path: page.path, title: page.title, text });
    }
  }
  const reference = referencePages();
  for (const { path, text, title } of reference) {
    write(`${path}.md`, text);
    texts.push({ section: "Reference", path, title, text });
  }
  for (const file of shown) {
    if (isExample(file)) write(`${file}.md`, `---\nsearch: false\n---\n\n${exampleText(file)}`);
    else write(`public/source/${file}.txt`, sourceText(file));
  }

  write("public/llms.txt", listOfPages(texts));
  write("public/llms-full.txt", everything(texts));
  for (const { path, text } of texts) write(`public/${path}.md`, text);
  write(
    "navigation.json",
    JSON.stringify([
      ...sections.map(({ title, pages: some }) => ({ title, pages: some.map(entry) })),
      { title: "Reference", pages: reference.map(entry) },
    ]),
  );

  for (const file of globSync("{*,guide/*}.{png,svg,jpg,gif}", {
    cwd: join(workspaceRoot, "docs"),
  })) {
    cpSync(join(workspaceRoot, "docs", file), join(site, file));
    written.add(join(site, file));
  }
  for (const file of globSync(`${site}/**/*.{md,txt,json,png,svg,jpg,gif}`)) {
    if (!written.has(file)) rmSync(file);
  }
  return texts.length + shown.size;
}

function entry({ title, path }: Pick<Page, "title" | "path">): { title: string; path: string } {
  return { title, path };
}

function isExample(file: string): boolean {
  return /^examples\/[\w-]+$/.test(file);
}

/** An example with all its code: the handler first, its tests last. */
function exampleText(folder: string): string {
  const files = filesIn(folder).toSorted(
    (a, b) => Number(a.includes("test")) - Number(b.includes("test")),
  );
  const parts = files.map((name) => {
    const language = extname(name).replace(".", "").replace("snap", "text");
    return `## ${name}\n\n\`\`\`\`${language}\n${readPage(join(folder, name)).trimEnd()}\n\`\`\`\`\n`;
  });
  return `# ${folder}\n\n${parts.join("\n")}`;
}

/** A file as it is; of a folder, what is in it. */
function sourceText(file: string): string {
  return isFolder(file) ? `${filesIn(file).join("\n")}\n` : readPage(file);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(workspaceRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|mjs|snap)$/.test(name) && !name.includes("node_modules"))
    .toSorted();
}
