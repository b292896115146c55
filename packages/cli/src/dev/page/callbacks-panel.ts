import type { CallbackView, ExecutionView } from "../views.ts";
import { fieldText, h, type Node } from "./dom.ts";
import { lengthText, timeText } from "./format.ts";
import { button, panel } from "./parts.ts";
import { submitByKey } from "./sidebar.ts";
import type { Page } from "./state.ts";

/** The callbacks that are open, each with the ways to answer it. */
export function callbacksPanel(page: Page, view: ExecutionView): Node {
  const { callbacks } = view;
  const { endpoint } = page.state.session ?? {};
  const clients =
    endpoint === undefined || callbacks.length === 0
      ? false
      : h(
          "p",
          { class: "hint" },
          view.forkOf === undefined
            ? "AWS clients can answer, too, at "
            : "AWS clients answer the original of this fork, at ",
          h("code", {}, endpoint),
          ".",
        );
  return panel(
    "Waits for an answer",
    { key: "callbacks" },
    callbacks.length === 0
      ? h("p", { class: "empty" }, "No callback is open.")
      : callbacks.map((callback) => card(page, view, callback)),
    clients,
  );
}

function card(page: Page, view: ExecutionView, callback: CallbackView): Node {
  const { callbackId, name = "callback", heartbeatAt, timeoutAt } = callback;
  const { id, now } = view;
  const field = (what: string): string => `${what}-${id}-${callbackId}`;
  const request = (what: object): void => void page.request({ execution: id, callbackId, ...what });
  const inTime = (at: string): string =>
    `in ${lengthText(new Date(at).getTime() - new Date(now).getTime())}`;
  return h(
    "div",
    { class: "card", key: `${id} ${callbackId}` },
    h(
      "div",
      { class: "card-head" },
      h("h4", {}, name),
      timeoutAt !== undefined &&
        h("span", { title: `${timeText(timeoutAt)} UTC` }, `times out ${inTime(timeoutAt)}`),
      heartbeatAt !== undefined &&
        h(
          "span",
          { title: `${timeText(heartbeatAt)} UTC` },
          `heartbeat due ${inTime(heartbeatAt)}`,
        ),
    ),
    h(
      "form",
      {
        onkeydown: submitByKey,
        onsubmit: (event: Event) => {
          const data = dataOf(event);
          if (data === undefined) return;
          request({
            kind: "succeed",
            payload: fieldText(data, "payload"),
            as: data.get("text") === null ? "json" : "text",
          });
        },
      },
      h("label", { for: field("payload") }, `Answer ${name}, as JSON`),
      h("textarea", {
        id: field("payload"),
        name: "payload",
        rows: 2,
        spellcheck: "false",
        autocomplete: "off",
        placeholder: '{ "approved": true }',
      }),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "submit", class: "button primary", title: "Ctrl+Enter" }, "Answer"),
        heartbeatAt !== undefined &&
          button("Heartbeat", {
            onclick: () => request({ kind: "heartbeat" }),
            title: "A sign of life: the heartbeat timeout starts afresh.",
          }),
        h(
          "label",
          {
            class: "check",
            title: "What is typed is sent as it is, as clients in other languages do.",
          },
          h("input", { type: "checkbox", name: "text" }),
          "as text",
        ),
      ),
    ),
    h(
      "details",
      {},
      h("summary", {}, "Fail it"),
      h(
        "form",
        {
          class: "fail",
          onsubmit: (event: Event) => {
            const data = dataOf(event);
            if (data === undefined) return;
            request({
              kind: "fail",
              errorType: fieldText(data, "type"),
              errorMessage: fieldText(data, "message"),
            });
          },
        },
        h("label", { for: field("type") }, "Type"),
        h("input", { id: field("type"), name: "type", value: "Error", autocomplete: "off" }),
        h("label", { for: field("message") }, "Message"),
        h("input", {
          id: field("message"),
          name: "message",
          autocomplete: "off",
          placeholder: "declined",
        }),
        h("button", { type: "submit", class: "button danger" }, "Fail"),
      ),
    ),
    h("p", { class: "id" }, "Callback id ", h("code", { class: "wrap" }, callbackId)),
  );
}

function dataOf(event: Event): FormData | undefined {
  event.preventDefault();
  const form = event.currentTarget;
  return form instanceof HTMLFormElement ? new FormData(form) : undefined;
}
