import type { ExecutionView } from "../views.ts";
import { fieldText, h, type Node } from "./dom.ts";
import { lengthText, offsetText, readLength, timeText } from "./format.ts";
import { button, panel } from "./parts.ts";
import type { Page } from "./state.ts";

const TURNS = [
  ["+1 min", 60_000],
  ["+1 hour", 3_600_000],
  ["+1 day", 86_400_000],
] as const;

/** What time it is for an execution, what is due, and the ways to turn the clock. */
export function clockPanel(page: Page, view: ExecutionView): Node {
  const { id, due, now, startedAt, status, busy } = view;
  const unless =
    status === "PENDING"
      ? busy && "It has not come to rest."
      : "The execution has ended; time does not matter to it any more.";
  const [next] = due;
  const request = (what: object): void => void page.request({ execution: id, ...what });
  const turn = (event: Event): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const text = fieldText(new FormData(event.currentTarget), "length");
    const ms = readLength(text);
    if (ms !== undefined) {
      request({ kind: "advance", ms });
      return;
    }
    const message = `${JSON.stringify(text)} is no length of time: 90s, 1h 30m, 2d.`;
    page.state.message = { kind: "error", text: message };
    page.redraw();
  };
  return panel(
    "Clock",
    { key: "clock" },
    h(
      "p",
      { class: "now" },
      h("span", { class: "now-offset" }, offsetText(now, startedAt)),
      h("span", { class: "now-time" }, `${timeText(now)} UTC`),
    ),
    due.length === 0
      ? h(
          "p",
          { class: "empty" },
          status === "PENDING"
            ? "Nothing is due: only an answer moves it."
            : "The execution has ended.",
        )
      : h(
          "ol",
          { class: "due plain" },
          due
            .slice(0, 6)
            .map(({ at, inMs, what }, index) =>
              h(
                "li",
                { key: `${index}` },
                h(
                  "span",
                  { class: "due-in", title: `${timeText(at)} UTC` },
                  `in ${lengthText(inMs)}`,
                ),
                h("span", {}, what),
              ),
            ),
        ),
    h(
      "div",
      { class: "buttons" },
      button(next === undefined ? "To what is due" : `To what is due (${lengthText(next.inMs)})`, {
        onclick: () => request({ kind: "next" }),
        unless: unless ?? (next === undefined ? "Nothing is due." : undefined),
        title: "Key: .",
        class: "primary",
      }),
      TURNS.map(([label, ms]) =>
        button(label, { onclick: () => request({ kind: "advance", ms }), unless }),
      ),
      button("Run on", {
        onclick: () => request({ kind: "complete" }),
        unless,
        title: "Nobody answers any more: every wait ends and every deadline passes. Key: r",
      }),
    ),
    h(
      "form",
      { class: "turn", onsubmit: turn },
      h("label", { for: "length" }, "By"),
      h("input", {
        id: "length",
        name: "length",
        placeholder: "1h 30m",
        autocomplete: "off",
        size: 8,
      }),
      h(
        "button",
        { type: "submit", class: "button", disabled: unless !== undefined, title: unless },
        "Turn",
      ),
    ),
  );
}
