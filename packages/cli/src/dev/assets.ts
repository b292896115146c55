import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

const isSource = import.meta.url.endsWith(".ts");
const folder = new URL("page/", import.meta.url);

/** The page; it is given the secret that its requests carry. */
export function pageHtml(token: string): string {
  const script = isSource ? "main.ts" : "main.mjs";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="durabletest-token" content="${token}">
<title>durabletest dev</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/style.css">
<script type="module" src="/page/${script}"></script>
</head>
<body><noscript>This page needs JavaScript.</noscript></body>
</html>
`;
}

/** A file of the page by name; undefined where there is none. From source, types are taken out of modules. */
export function assetOf(name: string): Asset | undefined {
  if (!/^[a-z]+(?:-[a-z]+)*\.(?:ts|mjs|css|svg)$/.test(name)) return undefined;
  try {
    const text = readFileSync(new URL(name, folder), "utf8");
    if (name.endsWith(".css")) return { type: "text/css", text };
    if (name.endsWith(".svg")) return { type: "image/svg+xml", text };
    const type = "text/javascript";
    return { type, text: name.endsWith(".ts") ? stripTypeScriptTypes(text) : text };
  } catch {
    return undefined;
  }
}
