import type { ErrorView } from "../views.ts";
import { type Child, h, type Node, type Props } from "./dom.ts";
import { valueText } from "./format.ts";

/** What stands for a status besides its word: none is told by its colour alone. */
const SYMBOLS: Readonly<Record<string, string>> = {
  SUCCEEDED: "✓",
  FAILED: "✕",
  TIMED_OUT: "⏱",
  STOPPED: "■",
  CANCELLED: "■",
  PENDING: "…",
  STARTED: "…",
  READY: "…",
  BUSY: "▶",
};

const KINDS: Readonly<Record<string, string>> = {
  SUCCEEDED: "good",
  FAILED: "bad",
  TIMED_OUT: "bad",
  STOPPED: "bad",
  CANCELLED: "quiet",
};

export function statusPill(status: string): Node {
  return h(
    "span",
    { class: `pill ${KINDS[status] ?? "open"}` },
    h("span", { "aria-hidden": "true", class: "symbol" }, SYMBOLS[status] ?? "…"),
    status === "PENDING" ? "WAITING" : status.replace("_", " "),
  );
}

/** The symbol alone, with its word for screen readers. */
export function statusMark(status: string): Node {
  return h(
    "span",
    { class: `mark ${KINDS[status] ?? "open"}` },
    h("span", { "aria-hidden": "true" }, SYMBOLS[status] ?? "…"),
    h("span", { class: "hidden" }, `${status.toLowerCase().replace("_", " ")} `),
  );
}

interface ButtonOptions {
  readonly onclick: () => void;
  /** Why it cannot be pressed; undefined if it can. */
  readonly unless?: string | undefined;
  readonly title?: string | undefined;
  readonly class?: string | undefined;
  readonly key?: string | undefined;
}

export function button(label: Child, options: ButtonOptions): Node {
  const { unless, title, onclick, key } = options;
  const props: Props = {
    type: "button",
    class: `button ${options.class ?? ""}`.trim(),
    disabled: unless !== undefined,
    title: unless ?? title,
    onclick,
    key,
  };
  return h("button", props, label);
}

/** A part of the page with a heading of its own. */
export function panel(
  title: string,
  { key, aside }: { readonly key: string; readonly aside?: Child },
  ...children: readonly Child[]
): Node {
  return h(
    "section",
    { class: `panel ${key}`, key, "aria-labelledby": `title-${key}` },
    h("div", { class: "panel-head" }, h("h3", { id: `title-${key}` }, title), aside ?? false),
    ...children,
  );
}

export function value(given: unknown, label: string): Node {
  return h("pre", { class: "value", tabindex: "0", "aria-label": label }, valueText(given));
}

export function errorBox(error: ErrorView): Node {
  return h(
    "div",
    { class: "error-box" },
    h("strong", {}, error.type),
    error.message === "" ? false : `: ${error.message}`,
    error.stack.length > 0 &&
      h(
        "pre",
        { class: "stack", tabindex: "0", "aria-label": "Stack" },
        error.stack.map((line) => line.trim()).join("\n"),
      ),
  );
}
