import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { workspaceRoot } from "../packages.ts";

/** Where a file or folder of the repository is to be seen on the site: a path from its root, with ".md". */
export type Locate = (file: string) => string;

/**
 * Points the links of a page at the site: they are written for a reader of the repository.
 *
 * @throws Error of a link to a file that does not exist.
 */
export function siteLinks(source: string, path: string, text: string, locate: Locate): string {
  return outsideCode(text, (prose) =>
    prose.replaceAll(/(\]\()([^)\s]+)(\))/g, (whole, open: string, href: string, close: string) => {
      if (/^(?:[a-z]+:|#|\/)/.test(href)) return whole;
      const [target = "", anchor] = href.split("#");
      const file = join(dirname(source), target).replace(/\/$/, "");
      if (!existsSync(join(workspaceRoot, file))) {
        throw new Error(`${source}: the link ${href} leads to no file.`);
      }
      // Pictures lie in the root of the site as they do in docs.
      const isPicture = /\.(?:png|svg|jpe?g|gif)$/.test(file);
      const place = isPicture ? relative("docs", file) : locate(file);
      const to = relative(dirname(`${path}.md`), place);
      return `${open}${to.startsWith(".") ? to : `./${to}`}${anchor === undefined ? "" : `#${anchor}`}${close}`;
    }),
  );
}

/** Changes a page where it is neither a fenced block nor code in a line. */
function outsideCode(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^ *```[\s\S]*?^ *```$|`[^`\n]+`)/m)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}

export function isFolder(file: string): boolean {
  return statSync(join(workspaceRoot, file)).isDirectory();
}
