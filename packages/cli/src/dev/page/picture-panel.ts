import type { ExecutionView } from "../views.ts";
import { h, type Node } from "./dom.ts";
import type { Page } from "./state.ts";

const OWN_STYLE = `
:host { display: block }
svg { display: block; width: 100%; min-width: 46rem; height: auto }
[data-operation] { cursor: pointer }
.is-selected { filter: drop-shadow(0 0 2px var(--accent)) drop-shadow(0 0 1px var(--accent)) }
`;

/** What each picture was made of. */
const shown = new WeakMap<Element, string>();

/** The picture of an execution; a click on an operation selects it. */
export function picturePanel(page: Page, view: ExecutionView): Node {
  return h(
    "div",
    {
      class: "picture",
      key: `picture-${view.id}`,
      tabindex: "0",
      role: "group",
      "aria-label": `Timeline of ${view.functionName} ${view.id}`,
    },
    h("div", {
      mounted: {
        mount: (element) => {
          show(element, view.picture ?? "", page);
        },
      },
    }),
  );
}

/**
 * In a tree of its own, so that styles stay apart. The page allows no inline styles, not even where they are only
 * parsed: those of the picture become a sheet.
 */
function show(host: HTMLElement, text: string, page: Page): void {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  if (text !== "" && shown.get(host) !== text) {
    shown.set(host, text);
    const styles: string[] = [];
    const bare = text.replaceAll(/<style[^>]*>([^]*?)<\/style>/g, (_, css: string) => {
      styles.push(css);
      return "";
    });
    const svg = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
    root.adoptedStyleSheets = [...styles.map(sheetOf), sheetOf(OWN_STYLE)];
    root.replaceChildren(document.importNode(svg, true));
    root.firstElementChild?.addEventListener("click", (event) => {
      const id = event instanceof MouseEvent ? operationAt(root, event) : undefined;
      if (id === undefined) return;
      page.state.operation = id;
      page.redraw();
    });
  }
  for (const mark of root.querySelectorAll("[data-operation]")) {
    const isSelected = mark.getAttribute("data-operation") === page.state.operation;
    mark.classList.toggle("is-selected", isSelected);
  }
}

/** Under the pointer, or else in the row that it is in. */
function operationAt(root: ShadowRoot, { target, clientY }: MouseEvent): string | undefined {
  const marks = [...root.querySelectorAll("[data-operation]")];
  const mark =
    (target instanceof Element ? target.closest("[data-operation]") : undefined) ??
    marks.find((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return top <= clientY && clientY <= bottom;
    });
  return mark?.getAttribute("data-operation") ?? undefined;
}

function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}
