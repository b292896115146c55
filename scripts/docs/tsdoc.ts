import {
  type DocBlock,
  type DocCodeSpan,
  type DocErrorText,
  type DocEscapedText,
  type DocFencedCode,
  type DocHtmlStartTag,
  type DocLinkTag,
  DocNodeKind,
  type DocNode,
  type DocPlainText,
} from "@microsoft/tsdoc";

/** Makes a link of the name of an export, or nothing where it has no place on the site. */
export type LinkTo = (name: string) => string | undefined;

/** A part of a doc comment as Markdown. */
export function markdownOf(node: DocNode, linkTo: LinkTo): string {
  const children = (): string =>
    node
      .getChildNodes()
      .map((child) => markdownOf(child, linkTo))
      .join("");
  switch (node.kind as DocNodeKind) {
    case DocNodeKind.PlainText:
      return escaped((node as DocPlainText).text);
    case DocNodeKind.EscapedText:
      return escaped((node as DocEscapedText).decodedText);
    case DocNodeKind.ErrorText:
      return escaped((node as DocErrorText).text);
    case DocNodeKind.HtmlStartTag:
    case DocNodeKind.HtmlEndTag:
      return escaped((node as DocHtmlStartTag).emitAsHtml());
    case DocNodeKind.SoftBreak:
      return "\n";
    case DocNodeKind.CodeSpan:
      return `\`${(node as DocCodeSpan).code}\``;
    case DocNodeKind.FencedCode: {
      const { language, code } = node as DocFencedCode;
      return `\n\`\`\`${language}\n${code.trimEnd()}\n\`\`\`\n\n`;
    }
    case DocNodeKind.LinkTag:
      return linkOf(node as DocLinkTag, linkTo);
    case DocNodeKind.Paragraph:
      return `${children().trim()}\n\n`;
    case DocNodeKind.Block:
      return markdownOf((node as DocBlock).content, linkTo);
    default:
      return children();
  }
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
