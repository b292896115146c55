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

/** For those who work on the project, and for plugins of other test frameworks: too special for a page that is read whole. */
const left =
  /^(?:architecture|security|contributing|conformance|faults|bench|reference\/.*\/(?:protocol|plugin|plugin-setup|environment|preset|reporter|setup))\b/;

/** llms-full.txt: what there is to know for whoever writes handlers and tests, in one page. */
export function everything(texts: readonly Text[]): string {
  const told = texts.filter(({ path }) => !left.test(path));
  return [
    about,
    ...told.map(({ path, text }) => `<!-- /${path} -->\n\n${narrow(text.trim())}\n`),
  ].join("\n");
}

/** Tables without the spaces that align them. */
function narrow(text: string): string {
  return text.replaceAll(/^\|.*\|$/gm, (row) =>
    row.replaceAll(/ {2,}\|/g, " |").replaceAll(/-{4,}/g, "---"),
  );
}
