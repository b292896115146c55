/** A page as text. */
export interface Text {
  readonly section: string;
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

const about = `# durabletest

> Write durable functions in TypeScript (AWS Lambda durable functions: steps, waits, callbacks, retries, replay), and
> test them in virtual time with Vitest, Jest or node:test. Runs handlers of @durabletest/runtime and of
> @aws/durable-execution-sdk-js.
`;

/** llms.txt: what there is to read, for programs that fetch what they need. */
export function listOfPages(texts: readonly Text[]): string {
  const sections = Map.groupBy(texts, ({ section }) => section);
  const lists = [...sections].map(
    ([section, pages]) =>
      `## ${section}\n\n${pages.map(({ path, title }) => `- [${title}](/${path}.md)`).join("\n")}\n`,
  );
  return `${about}\nAll pages in one: [llms-full.txt](/llms-full.txt)\n\n${lists.join("\n")}`;
}

/** llms-full.txt: all pages in one, less what only those need who work on the project. */
export function everything(texts: readonly Text[]): string {
  const told = texts.filter(
    ({ section, path }) => section !== "Project" && path !== "architecture",
  );
  return [about, ...told.map(({ path, text }) => `<!-- /${path} -->\n\n${text.trim()}\n`)].join(
    "\n",
  );
}
