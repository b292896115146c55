/**
 * The reference: a page for each entry of each package, of what API Extractor has read in its declarations.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ApiDeclaredItem,
  ApiDocumentedItem,
  type ApiItem,
  ApiItemKind,
  ApiPackage,
} from "@microsoft/api-extractor-model";
import type { DocNode } from "@microsoft/tsdoc";
import { apiModel, publishedPackages, type WorkspacePackage } from "../packages.ts";
import { type LinkTo, markdownOf } from "./tsdoc.ts";

export interface ReferencePage {
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

interface Entry {
  readonly path: string;
  /** What it is imported by. */
  readonly title: string;
  /** What the file says of itself. */
  readonly about: DocNode | undefined;
  readonly item: ApiItem;
  /** What it passes on of other packages. */
  readonly passedOn: readonly string[];
}

/** In the order in which they are shown. */
const kinds: readonly (readonly [ApiItemKind, string])[] = [
  [ApiItemKind.Function, "Functions"],
  [ApiItemKind.Class, "Classes"],
  [ApiItemKind.Variable, "Values"],
  [ApiItemKind.Enum, "Enums"],
  [ApiItemKind.Interface, "Interfaces"],
  [ApiItemKind.TypeAlias, "Types"],
  [ApiItemKind.Namespace, "Namespaces"],
];

/** @throws Error where the models have not been made. */
export function referencePages(): readonly ReferencePage[] {
  const entries = publishedPackages().flatMap((workspacePackage) =>
    uniqueEntries(workspacePackage).map(({ export: path, output }): Entry => {
      const file = apiModel(workspacePackage, output);
      if (!existsSync(file)) {
        throw new Error(`${file} is missing: build, and run api:check, which makes it.`);
      }
      const model = ApiPackage.loadFromJsonFile(file);
      const [item] = model.entryPoints;
      if (item === undefined) throw new Error(`${file} has no entry.`);
      const report = readFileSync(
        join(workspacePackage.directory, "etc", `${output}.api.md`),
        "utf8",
      );
      const passedOn = [...report.matchAll(/^export \{ (?:type )?(?:\w+ as )?(\w+) \}/gm)];
      return {
        path: `reference/${workspacePackage.name.replace(/^@\w+\//, "")}/${output}`,
        title: workspacePackage.name + path.slice(1),
        about: model.tsdocComment?.summarySection,
        item,
        passedOn: passedOn.map(([, name = ""]) => name),
      };
    }),
  );
  const homes = new Map<string, string>();
  for (const { path, item } of entries) {
    for (const [name, anchor] of anchorsOf(item)) {
      if (!homes.has(name)) homes.set(name, `/${path}.md#${anchor}`);
    }
  }
  return entries.map((entry) => pageOf(entry, homes));
}

/** What is one file under several names, once. */
function uniqueEntries({ entries }: WorkspacePackage): WorkspacePackage["entries"] {
  const byOutput = Map.groupBy(entries, ({ output }) => output);
  return [...byOutput]
    .map(([output, same]) => same.find((entry) => entry.export === `./${output}`) ?? same[0])
    .filter((entry) => entry !== undefined);
}

function pageOf(
  { path, title, about, item, passedOn }: Entry,
  homes: ReadonlyMap<string, string>,
): ReferencePage {
  const anchors = anchorsOf(item);
  const linkTo: LinkTo = (name) => (anchors.has(name) ? `#${anchors.get(name)}` : homes.get(name));
  // A value and a type of one name are told of together.
  const byName = Map.groupBy(item.members, ({ displayName }) => displayName);
  const sections = kinds.flatMap(([kind, heading]) => {
    const parts: string[] = [];
    for (const [name, items] of byName) {
      if (!items.some((member) => member.kind === kind)) continue;
      parts.push(sectionOf(name, anchors.get(name) ?? "", items, linkTo));
      byName.delete(name);
    }
    return parts.length === 0 ? [] : [`## ${heading}\n`, ...parts];
  });
  const others = passedOn.map((name) => {
    const target = linkTo(name);
    return `- ${target === undefined ? `\`${name}\`` : `[\`${name}\`](${target})`}`;
  });
  if (others.length > 0) sections.push(`## Also exported from here\n\n${others.join("\n")}\n`);
  if (sections.length === 0) sections.push("Imported for what it does; it exports nothing.\n");
  const intro = about === undefined ? "" : `${markdownOf(about, linkTo).trim()}\n\n`;
  return { path, title, text: `# ${title}\n\n${intro}${sections.join("\n")}` };
}

/** An export, with all its overloads. */
function sectionOf(
  name: string,
  anchor: string,
  items: readonly ApiItem[],
  linkTo: LinkTo,
): string {
  const parts = [`### \`${name}\` {#${anchor}}\n`];
  const [first] = items;
  parts.push(`\`\`\`ts\n${items.map((item) => declarationOf(item)).join("\n")}\n\`\`\`\n`);
  // Overloads often share a comment: once is enough.
  parts.push(...new Set(items.map((item) => commentOf(item, linkTo)).filter(Boolean)));
  const members = first === undefined ? [] : membersOf(first);
  for (const [member, overloads] of Map.groupBy(members, (one) => nameOf(one))) {
    const comments = new Set(
      overloads
        .map((one) => commentOf(one, linkTo))
        .filter((comment) => comment !== "" && !comment.startsWith("Constructs a new instance")),
    );
    if (comments.size === 0) continue;
    parts.push(`#### \`${member}\` {#${anchor}-${slug(member)}}\n`, ...comments);
  }
  return parts.join("\n");
}

/** As it would stand in a declaration file, members included. */
function declarationOf(item: ApiItem): string {
  const text = textOf(item);
  const members = membersOf(item);
  if (members.length === 0) return text;
  const lines = members.flatMap((member) =>
    textOf(member)
      .split("\n")
      .map((line) => `  ${line}`),
  );
  return `${text} {\n${lines.join("\n")}\n}`;
}

function membersOf(item: ApiItem): readonly ApiItem[] {
  return item.kind === ApiItemKind.Class || item.kind === ApiItemKind.Interface ? item.members : [];
}

function textOf(item: ApiItem): string {
  return (item as ApiDeclaredItem).excerpt.text
    .trim()
    .replace(/^(?:export )?(?:default )?(?:declare )?/, "")
    .replaceAll(/\$\d\b/g, "");
}

function nameOf(item: ApiItem): string {
  return item.displayName === "" || item.displayName === "(constructor)"
    ? "constructor"
    : item.displayName;
}

function commentOf(item: ApiItem, linkTo: LinkTo): string {
  const comment = item instanceof ApiDocumentedItem ? item.tsdocComment : undefined;
  if (comment === undefined) return "";
  const text = (node: DocNode): string => markdownOf(node, linkTo).trim();
  const list = (heading: string, entries: readonly string[]): string =>
    entries.length === 0 ? "" : `${heading}\n\n${entries.map((line) => `- ${line}`).join("\n")}`;
  const blocks = (tag: string): readonly string[] =>
    comment.customBlocks
      .filter(({ blockTag }) => blockTag.tagName === tag)
      .map(({ content }) => text(content));
  const parameters = [...comment.params.blocks, ...comment.typeParams.blocks].map(
    ({ parameterName, content }) => `\`${parameterName}\`: ${text(content)}`,
  );
  return [
    text(comment.summarySection),
    comment.remarksBlock === undefined ? "" : text(comment.remarksBlock.content),
    list("Takes", parameters),
    comment.returnsBlock === undefined
      ? ""
      : `Returns ${lower(text(comment.returnsBlock.content))}`,
    list(
      "Throws",
      blocks("@throws").map((line) => line.replace(/^\w+/, (name) => linked(name, linkTo))),
    ),
    ...blocks("@example"),
    list(
      "See",
      comment.seeBlocks.map(({ content }) => text(content)),
    ),
  ]
    .filter(Boolean)
    .map((part) => `${part}\n`)
    .join("\n");
}

function linked(name: string, linkTo: LinkTo): string {
  const target = linkTo(name);
  return target === undefined ? name : `[${name}](${target})`;
}

/** Goes on in the middle of a sentence; names of the API stay as they are. */
function lower(text: string): string {
  return /^[A-Z][a-z]* /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** By name of an export: the anchor on its page. Names may differ in case alone, anchors may not. */
function anchorsOf(item: ApiItem): ReadonlyMap<string, string> {
  const anchors = new Map<string, string>();
  const taken = new Set<string>();
  for (const { displayName: name } of item.members) {
    if (anchors.has(name)) continue;
    const anchor = taken.has(slug(name)) ? `${slug(name)}-2` : slug(name);
    taken.add(anchor);
    anchors.set(name, anchor);
  }
  return anchors;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^\w-]/g, "");
}
