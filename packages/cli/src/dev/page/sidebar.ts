import type { ExecutionView } from "../views.ts";
import { fieldText, h, type Node } from "./dom.ts";
import { lengthText, lineText } from "./format.ts";
import { button, statusMark } from "./parts.ts";
import type { Page } from "./state.ts";

/** Where executions are started and chosen. */
export function sidebar(page: Page): Node {
  return h("nav", { class: "sidebar", key: "sidebar", "aria-label": "Executions" }, [
    startForm(page),
    executionList(page),
  ]);
}

function startForm(page: Page): Node {
  const { session } = page.state;
  const functions = session?.functions ?? [];
  const canStart = functions.some(({ isLoaded }) => isLoaded);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const data = new FormData(event.currentTarget);
    void start(page, {
      functionName: fieldText(data, "function"),
      input: fieldText(data, "input"),
      time: data.get("auto") === null ? "manual" : "auto",
    });
  };
  return h(
    "form",
    { class: "start", key: "start", onsubmit: submit, onkeydown: submitByKey },
    h("h2", {}, "New execution"),
    h("label", { for: "function" }, "Function"),
    h(
      "select",
      { id: "function", name: "function" },
      functions.map(({ name, module }) =>
        h("option", { value: name, key: name, title: module }, name),
      ),
    ),
    h("label", { for: "input" }, "Input, as JSON"),
    h("textarea", {
      id: "input",
      name: "input",
      rows: 4,
      spellcheck: "false",
      autocomplete: "off",
      placeholder: '{ "orderId": "order-123" }',
    }),
    h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", name: "auto" }),
      "waits and retries pass by themselves",
    ),
    h(
      "button",
      {
        type: "submit",
        class: "button primary",
        disabled: !canStart,
        title: canStart ? "Ctrl+Enter" : "No function could be loaded.",
      },
      "Start",
    ),
  );
}

async function start(page: Page, request: object): Promise<void> {
  const reply = await page.request({ kind: "start", ...request });
  const id = reply?.["id"];
  if (typeof id === "string") page.select(id);
}

/** Ctrl+Enter in a form sends it. */
export function submitByKey(event: Event): void {
  if (!(event instanceof KeyboardEvent) || event.key !== "Enter") return;
  if (!(event.ctrlKey || event.metaKey)) return;
  if (event.currentTarget instanceof HTMLFormElement) event.currentTarget.requestSubmit();
}

function executionList(page: Page): Node {
  const all = [...page.state.executions.values()];
  return h(
    "div",
    { class: "executions", key: "executions" },
    h("h2", {}, "Executions"),
    all.length === 0
      ? h("p", { class: "empty" }, "None yet. Start one above.")
      : h(
          "ul",
          { class: "plain" },
          inTree(all).map((entry) => item(page, entry)),
        ),
  );
}

interface Entry {
  readonly view: ExecutionView;
  readonly depth: number;
}

/** Forks below their originals. */
function inTree(all: readonly ExecutionView[], of?: string, depth = 0): readonly Entry[] {
  const ids = new Set(all.map(({ id }) => id));
  return all
    .filter(({ forkOf }) => (forkOf !== undefined && ids.has(forkOf) ? forkOf : undefined) === of)
    .flatMap((view) => [{ view, depth }, ...inTree(all, view.id, depth + 1)]);
}

function item(page: Page, { view, depth }: Entry): Node {
  const { id, functionName, status, busy, input, diverged, forkOf, elapsedMs } = view;
  const isSelected = page.state.selected === id;
  return h(
    "li",
    { key: id, class: `depth-${Math.min(depth, 4)}` },
    button(
      [
        h(
          "span",
          { class: "item-head" },
          statusMark(busy === undefined ? status : "BUSY"),
          h("span", { class: "item-name" }, functionName),
          h("span", { class: "item-id" }, forkOf === undefined ? id : `${id}, fork of ${forkOf}`),
          h("span", { class: "item-time" }, `+${lengthText(elapsedMs)}`),
        ),
        h(
          "span",
          { class: "item-input" },
          diverged === undefined ? lineText(input ?? "no input", 44) : "parts from the new code",
        ),
      ],
      {
        class: `item${isSelected ? " selected" : ""}${diverged === undefined ? "" : " diverged"}`,
        onclick: () => page.select(id),
        title: `Show ${functionName} ${id}`,
      },
    ),
  );
}
