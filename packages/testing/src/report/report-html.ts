import { createHash } from "node:crypto";
import { escape } from "../picture/markup.ts";
import { pictureStyle } from "../picture/style.ts";
import type { ReportData } from "./report-data.ts";
import { VIEWER_STYLE } from "./viewer-style.ts";

/**
 * The page: everything in one file, and nothing that it could ask anybody for. The policy in it lets the browser run
 * and apply what was written here, and nothing else.
 *
 * @param script - the viewer.
 * @param text - what is shown where no script runs.
 */
export function reportHtml(
  data: ReportData,
  {
    title,
    script,
    text,
  }: { readonly title: string; readonly script: string; readonly text: string },
): string {
  const code = script.replaceAll(/<(?=\/script|!--)/gi, "\\x3C");
  const style = `${pictureStyle(".durabletest-timeline", "auto")}${VIEWER_STYLE}`;
  const policy = [
    "default-src 'none'",
    `script-src '${sha256(code)}'`,
    `style-src '${sha256(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body class="durabletest-timeline">
<div id="report"></div>
<noscript><pre>${escape(text)}</pre></noscript>
<script type="application/json" id="data">${jsonForScript(data)}</script>
<script>${code}</script>
</body>
</html>
`;
}

/** JSON that ends no script and starts no comment; characters that break lines in old scripts are written out. */
function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", String.raw`\u003c`)
    .replaceAll("\u2028", String.raw`\u2028`)
    .replaceAll("\u2029", String.raw`\u2029`);
}

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
