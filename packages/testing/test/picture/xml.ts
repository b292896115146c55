/**
 * Reads a document of XML as strictly as it matters here: every element is closed where it should be, every attribute
 * is quoted, nothing is escaped that is no entity, and there is no character that XML has no place for.
 *
 * @returns its elements, each with its attributes, in the order in which they begin.
 * @throws Error, at the first thing that is wrong.
 */
export function elementsOf(
  document: string,
): readonly { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[] {
  if (/(?![\t\n\r])[\p{Control}\p{Surrogate}\uFFFE\uFFFF]/u.test(document)) {
    throw new Error("There is a character in it that XML does not know.");
  }
  const elements: { name: string; attributes: Map<string, string> }[] = [];
  const open: string[] = [];
  let at = 0;
  const text = (until: number): void => {
    const part = document.slice(at, until);
    if (/[<>]|&(?!(?:amp|lt|gt|quot);)/.test(part)) throw new Error(`No text of XML: ${part}`);
  };
  for (const tag of document.matchAll(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/gi)) {
    const [whole, isEnd, name = "", written = "", isEmpty] = tag;
    text(tag.index);
    at = tag.index + whole.length;
    if (isEnd === "/") {
      if (open.pop() !== name) throw new Error(`${name} is closed where it is not open.`);
      continue;
    }
    const attributes = new Map(
      [...written.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => {
        if (/&(?!(?:amp|lt|gt|quot);)/.test(value)) throw new Error(`No attribute: ${value}`);
        return [key, value] as const;
      }),
    );
    elements.push({ name, attributes });
    if (isEmpty !== "/") open.push(name);
  }
  text(document.length);
  if (open.length > 0) throw new Error(`${open.join(", ")} are not closed.`);
  return elements;
}
