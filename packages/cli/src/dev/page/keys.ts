import type { Page } from "./state.ts";

/** What keys do while nobody types. */
export function listenToKeys(page: Page): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    if (act(page, event.key)) event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select") !== null;
}

/** @returns whether the key means something. */
function act(page: Page, key: string): boolean {
  const { state } = page;
  const id = state.selected;
  const request = (kind: string): boolean => {
    if (id !== undefined) void page.request({ kind, execution: id });
    return id !== undefined;
  };
  switch (key) {
    case "?":
      state.isHelpOpen = true;
      page.redraw();
      return true;
    case "n":
      document.querySelector<HTMLElement>("#input")?.focus();
      return true;
    case "a":
      document.querySelector<HTMLElement>(".callbacks textarea")?.focus();
      return true;
    case "j":
      return move(page, 1);
    case "k":
      return move(page, -1);
    case ".":
      return request("next");
    case "r":
      return request("complete");
    case "x":
      return request("kill");
    case "f":
      if (id === undefined) return false;
      void page.request({ kind: "fork", execution: id }).then((reply) => {
        if (typeof reply?.["id"] === "string") page.select(reply["id"]);
      });
      return true;
    case "t":
      if (id !== undefined) void page.showTest(id, "vitest");
      return id !== undefined;
    case "Escape":
      if (state.message !== undefined) {
        state.message = undefined;
        page.redraw();
      } else if (state.compared !== undefined) {
        page.compare(undefined);
      }
      return true;
    default:
      return false;
  }
}

function move(page: Page, by: 1 | -1): boolean {
  const ids = [...page.state.executions.keys()];
  const at = ids.indexOf(page.state.selected ?? "");
  const next = ids[Math.min(ids.length - 1, Math.max(0, at + by))];
  if (next !== undefined) page.select(next);
  return next !== undefined;
}
