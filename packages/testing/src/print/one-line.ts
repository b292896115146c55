/** A text with blanks for its line breaks, and for the indentation around them. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, (blanks) => (blanks.includes("\n") ? " " : blanks));
}
