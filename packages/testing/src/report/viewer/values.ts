import type { ReportedError, ReportedFrame } from "../report-data.ts";
import { h } from "./dom.ts";

/** More of a text than this is shown when it is asked for. */
const LONGEST = 20_000;

/** A payload under a heading; nothing where there is none. */
export function payload(title: string, value: unknown): HTMLElement | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value, null, 2);
  return h("section", {}, h("h3", {}, title), code(text, title));
}

/** A text as it is, shortened until somebody wants all of it. */
export function code(text: string, label: string): HTMLElement {
  const shown = h(
    "pre",
    { tabindex: 0, role: "region", "aria-label": label },
    text.slice(0, LONGEST),
  );
  if (text.length <= LONGEST) return shown;
  const more = h(
    "button",
    {
      type: "button",
      click: () => {
        shown.textContent = text;
        more.remove();
      },
    },
    `Show all ${text.length.toLocaleString("en")} characters`,
  );
  return h("div", {}, shown, more);
}

/** An error, with the lines of source that it comes from. */
export function errorView(error: ReportedError | undefined): HTMLElement | undefined {
  if (error === undefined) return undefined;
  return h(
    "section",
    {},
    h("h3", {}, "Error"),
    h("p", { class: "error" }, h("strong", {}, error.type), `: ${error.message}`),
    error.data === undefined ? undefined : code(error.data, "Error data"),
    ...error.frames.flatMap((frame) => frameView(frame)),
  );
}

function frameView({ text, source }: ReportedFrame): readonly HTMLElement[] {
  const line = h("div", { class: source === undefined ? "frame quiet" : "frame" }, text);
  if (source === undefined) return [line];
  const width = String(source.first + source.lines.length).length;
  const lines = source.lines.map((content, index) => {
    const number = source.first + index;
    const isMeant = number === source.line;
    return h(
      isMeant ? "mark" : "span",
      {},
      `${isMeant ? ">" : " "} ${String(number).padStart(width)} │ ${content}\n`,
    );
  });
  return [
    line,
    h("pre", { tabindex: 0, role: "region", "aria-label": `Source: ${source.file}` }, ...lines),
  ];
}

/** What there is to say besides, name by name. */
export function fields(pairs: readonly (readonly [name: string, text: string])[]): HTMLElement {
  return h("dl", {}, ...pairs.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]));
}

/** A status, told by its word as well as by its colour. */
export function statusView(status: string): HTMLElement {
  return h("span", { class: `status status-${status.toLowerCase()}` }, status);
}
