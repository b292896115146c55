/** What a terminal acts on, or that shows a text in another order; not the tab. */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * A text that others have written, as a part of a line: what a terminal would act on is shown as `\u001b`, and so are
 * ends of lines.
 */
export function visible(text: string): string {
  return visibleLines(text).replaceAll("\n", String.raw`\u000a`);
}

/** As {@link visible}, of a text that has lines of its own. */
export function visibleLines(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(UNSEEN, escaped);
}

function escaped(sign: string): string {
  return String.raw`\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
