import { existsSync, globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** Looks at the built site. @returns Links that lead nowhere, and what would ask another host. */
export function builtProblems(folder: string): readonly string[] {
  const problems: string[] = [];
  const pages = new Map(
    globSync("**/*.html", { cwd: folder }).map((file) => [
      file,
      readFileSync(join(folder, file), "utf8"),
    ]),
  );
  const anchors = new Map(
    [...pages].map(([file, html]) => [
      file,
      new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => decode(id))),
    ]),
  );
  for (const [file, html] of pages) {
    for (const [element] of html.matchAll(/<(?:script|link|img|iframe|source|video)\b[^>]*>/g)) {
      if (/(?:src|srcset|href)="(?:https?:)?\/\//.test(element)) {
        problems.push(`${file} loads from elsewhere: ${element}`);
      }
    }
    for (const [, href = ""] of html.matchAll(/<a\b[^>]*\shref="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(href)) continue;
      const [path = "", anchor] = decode(href).split("#");
      const target = targetOf(file, path);
      if (target.endsWith(".html") ? !pages.has(target) : !existsSync(join(folder, target))) {
        problems.push(`${file} links to ${href}, which is not there.`);
      } else if (anchor && anchors.get(target)?.has(anchor) === false) {
        problems.push(`${file} links to ${href}: there is no such heading.`);
      }
    }
  }
  for (const file of globSync("assets/**/*.{css,js}", { cwd: folder })) {
    const text = readFileSync(join(folder, file), "utf8");
    const outside = file.endsWith(".css")
      ? /(?:url\(|@import\s*)["']?(?:https?:)?\/\/[^)"']*/.exec(text)
      : /(?:fetch|import|open|Worker|EventSource|WebSocket|sendBeacon)\(["'`](?:https?:|wss?:)?\/\/[^"'`]*/.exec(
          text,
        );
    if (outside !== null) problems.push(`${file} loads from elsewhere: ${outside[0]}`);
  }
  return problems;
}

function targetOf(file: string, path: string): string {
  if (path === "") return file;
  const target = path.startsWith("/") ? path.slice(1) : posix.join(posix.dirname(file), path);
  if (target === "" || target.endsWith("/")) return posix.join(target, "index.html");
  return posix.extname(target) === "" ? `${target}.html` : target;
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("&amp;", "&").replaceAll("&quot;", '"'));
}
