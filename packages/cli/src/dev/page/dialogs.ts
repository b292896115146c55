import { h, type Node } from "./dom.ts";
import { button } from "./parts.ts";
import type { Page } from "./state.ts";

/** The test of an execution, to copy. */
export function testDialog(page: Page): Node {
  const { test } = page.state;
  const close = (): void => {
    page.state.test = undefined;
    page.redraw();
  };
  const copy = async (): Promise<void> => {
    if (test === undefined) return;
    try {
      await navigator.clipboard.writeText(test.code);
      page.state.test = { ...test, isCopied: true };
    } catch {
      selectText(document.querySelector("#test-code"));
    }
    page.redraw();
  };
  return dialog("test", { isOpen: test !== undefined, close, title: "Copy as test" }, [
    h(
      "div",
      { class: "tabs", role: "group", "aria-label": "Framework" },
      (["vitest", "jest"] as const).map((framework) =>
        h(
          "button",
          {
            type: "button",
            key: framework,
            class: "button",
            "aria-pressed": test?.framework === framework ? "true" : "false",
            onclick: () => {
              if (test !== undefined) void page.showTest(test.execution, framework);
            },
          },
          framework === "vitest" ? "Vitest" : "Jest",
        ),
      ),
      h("span", { class: "file-name" }, test?.fileName ?? ""),
    ),
    h(
      "pre",
      { class: "code", id: "test-code", tabindex: "0", "aria-label": "The test" },
      test?.code ?? "",
    ),
    h(
      "div",
      { class: "buttons" },
      button(test?.isCopied === true ? "Copied" : "Copy", {
        onclick: () => void copy(),
        class: "primary",
      }),
      button("Close", { onclick: close }),
    ),
  ]);
}

const KEYS = [
  ["n", "a new execution"],
  ["j / k", "the next, the previous execution"],
  [".", "turn the clock to what is due next"],
  ["r", "run on to completion"],
  ["a", "answer: to the first open callback"],
  ["f", "fork"],
  ["x", "kill the invocation"],
  ["t", "copy as test"],
  ["Esc", "end a comparison, close what is open"],
  ["?", "this"],
] as const;

export function helpDialog(page: Page): Node {
  const close = (): void => {
    page.state.isHelpOpen = false;
    page.redraw();
  };
  return dialog("help", { isOpen: page.state.isHelpOpen, close, title: "Keys" }, [
    h(
      "dl",
      { class: "keys" },
      KEYS.map(([keys, what]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)]),
    ),
    h("div", { class: "buttons" }, button("Close", { onclick: close })),
  ]);
}

function dialog(
  name: string,
  {
    isOpen,
    close,
    title,
  }: { readonly isOpen: boolean; readonly close: () => void; readonly title: string },
  children: readonly Node[],
): Node {
  return h(
    "dialog",
    {
      key: name,
      class: `dialog ${name}`,
      "aria-labelledby": `dialog-${name}`,
      onclose: close,
      onclick: (event: Event) => {
        // Beside it.
        if (event.target === event.currentTarget) close();
      },
      opened: {
        mount: (element) => {
          if (!(element instanceof HTMLDialogElement) || element.open === isOpen) return;
          if (isOpen) element.showModal();
          else element.close();
        },
      },
    },
    h("div", { class: "dialog-body" }, h("h2", { id: `dialog-${name}` }, title), children),
  );
}

function selectText(element: Element | null): void {
  if (element === null) return;
  getSelection()?.selectAllChildren(element);
}
