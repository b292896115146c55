/** What an attribute may be; one that is undefined is left out. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element of SVG. Its children are markup already. */
export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === "number" ? round(value) : escape(value ?? "")}"`,
    )
    .join("");
  const inner = children.join("");
  return inner === "" ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>`;
}

/** A text where markup stands; what XML has no place for is replaced. */
export function escape(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])[\p{Control}\p{Surrogate}\uFFFE\uFFFF]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A group with a title for whoever points at it, or has it read. */
export function titled(
  attributes: Attributes,
  title: string,
  ...children: readonly string[]
): string {
  return element(
    "g",
    { role: "img", ...attributes },
    element("title", {}, escape(title)),
    ...children,
  );
}

/** A tenth of a pixel is enough. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
