import type { ExecutionView } from "../views.ts";
import { h, type Node } from "./dom.ts";
import { offsetText } from "./format.ts";
import { errorBox, panel, statusMark } from "./parts.ts";

/** What was done to an execution: what a test of it does. */
export function recordedPanel({ actions }: ExecutionView): Node {
  return panel(
    "Recorded",
    { key: "recorded", aside: h("span", { class: "count" }, String(actions.length)) },
    h(
      "ol",
      { class: "actions" },
      actions.map(({ text, by, refusal }, index) =>
        h(
          "li",
          { key: `${index}` },
          text,
          by === "client" && h("span", { class: "tag" }, "by a client"),
          refusal !== undefined && h("span", { class: "tag bad", title: refusal }, "refused"),
        ),
      ),
    ),
  );
}

/** What the handler has logged, and what its author may not have meant. */
export function logPanel({ logs, notices, startedAt, invocations }: ExecutionView): Node {
  return panel(
    "Log",
    { key: "log", aside: h("span", { class: "count" }, String(logs.length)) },
    logs.length === 0 && notices.length === 0
      ? h("p", { class: "empty" }, "Nothing has been logged.")
      : h(
          "ol",
          { class: "log plain" },
          logs.map(({ at, level, text, operation, replaying }, index) =>
            h(
              "li",
              { key: `${index}`, class: replaying ? "faint" : undefined },
              h("span", { class: "log-at" }, offsetText(at, startedAt)),
              h("span", { class: `level ${level}` }, level),
              h("span", { class: "log-text" }, text),
              operation !== undefined && h("span", { class: "log-where" }, operation),
            ),
          ),
          notices.map((notice, index) =>
            h(
              "li",
              { key: `notice-${index}` },
              h("span", { class: "level warn" }, "notice"),
              h("span", { class: "log-text" }, notice),
            ),
          ),
        ),
    h(
      "details",
      { class: "invocations" },
      h(
        "summary",
        {},
        `${invocations.length} ${invocations.length === 1 ? "invocation" : "invocations"}`,
      ),
      h(
        "ol",
        {},
        invocations.map(({ at, status, error }, index) =>
          h(
            "li",
            { key: `${index}` },
            statusMark(status),
            `${status.toLowerCase()} at ${offsetText(at, startedAt)}`,
            error !== undefined && errorBox(error),
          ),
        ),
      ),
    ),
  );
}
