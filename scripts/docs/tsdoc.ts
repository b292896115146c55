import {
  DocBlock,
  DocCodeSpan,
  DocErrorText,
  DocEscapedText,
  DocFencedCode,
  DocHtmlEndTag,
  DocHtmlStartTag,
  DocLinkTag,
  type DocNode,
  DocParagraph,
  DocPlainText,
  DocSoftBreak,
} from "@microsoft/tsdoc";

/** Makes a link of the name of an export, or nothing where it has no place on the site. */
export type LinkTo = (name: string) => string | undefined;

/** A part of a doc comment as Markdown. */
export function markdownOf(node: DocNode, linkTo: LinkTo): string {
  if (node instanceof DocPlainText || node instanceof DocErrorText) return escaped(node.text);
  if (node instanceof DocEscapedText) return escaped(node.decodedText);
  if (node instanceof DocHtmlStartTag || node instanceof DocHtmlEndTag) {
    return escaped(node.emitAsHtml());
  }
  if (node instanceof DocSoftBreak) return "\n";
  if (node instanceof DocCodeSpan) return `\`${node.code}\``;
  if (node instanceof DocFencedCode) {
    return `\n\`\`\`${node.language}\n${node.code.trimEnd()}\n\`\`\`\n\n`;
  }
  if (node instanceof DocLinkTag) return linkOf(node, linkTo);
  if (node instanceof DocBlock) return markdownOf(node.content, linkTo);
  const text = node
    .getChildNodes()
    .map((child) => markdownOf(child, linkTo))
    .join("");
  return node instanceof DocParagraph ? `${text.trim()}\n\n` : text;
}

function linkOf({ linkText, urlDestination, codeDestination }: DocLinkTag, linkTo: LinkTo): string {
  if (urlDestination !== undefined) return `[${linkText ?? urlDestination}](${urlDestination})`;
  const path = (codeDestination?.memberReferences ?? []).map(
    ({ memberIdentifier }) => memberIdentifier?.identifier ?? "",
  );
  const text = linkText === undefined ? `\`${path.join(".")}\`` : escaped(linkText);
  const target = linkTo(path[0] ?? "");
  return target === undefined ? text : `[${text}](${target})`;
}

function escaped(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("{{", "{<!-- -->{");
}
