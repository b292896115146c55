import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";

interface Section {
  readonly title: string;
  readonly pages: readonly { readonly title: string; readonly path: string }[];
}

// Written by scripts/docs/assemble.ts, with the pages.
const sections = JSON.parse(
  readFileSync(join(import.meta.dirname, "../.site/navigation.json"), "utf8"),
) as readonly Section[];

const folded = new Set(["Reference", "Packages", "Project"]);

export default defineConfig({
  title: "durabletest",
  description: "Write durable functions in TypeScript, and test them in virtual time",
  lang: "en",
  srcDir: ".site",
  srcExclude: ["public/**"],
  outDir: "dist",
  cacheDir: "node_modules/.cache/vitepress",
  // No page asks for anything elsewhere; the icon is in it.
  head: [
    [
      "link",
      {
        rel: "icon",
        href: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect x='1' y='2' width='14' height='3' rx='1.5' fill='%230f766e'/><rect x='1' y='6.5' width='5' height='3' rx='1.5' fill='%230f766e'/><rect x='10' y='6.5' width='5' height='3' rx='1.5' fill='%230f766e'/><rect x='4' y='11' width='8' height='3' rx='1.5' fill='%230f766e'/></svg>",
      },
    ],
  ],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-dimmed" },
    languageAlias: { arrows: "txt" },
  },
  themeConfig: {
    nav: [
      { text: "First five minutes", link: "/first-five-minutes" },
      { text: "Examples", link: "/examples/" },
      { text: "Reference", link: "/reference/testing/index" },
      { text: "For assistants", link: "/llms-full.txt", target: "_self" },
    ],
    sidebar: sections.map(({ title, pages }) => ({
      text: title,
      items: pages.map(({ title: text, path }) => ({
        text,
        link: `/${path.replace(/index$/, "")}`,
      })),
      ...(folded.has(title) && { collapsed: true }),
    })),
    outline: [2, 3],
    search: {
      provider: "local",
      options: {
        // For the index, code need not be coloured: that is half of the time a build takes.
        async _render(source, env, markdown) {
          const html = await markdown.renderAsync(
            source.replaceAll(/^( *`{3,})\w.*$/gm, "$1txt"),
            env,
          );
          return env.frontmatter?.["search"] === false ? "" : html;
        },
      },
    },
  },
});
