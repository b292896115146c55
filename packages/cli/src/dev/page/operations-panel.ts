import type { ExecutionView, OperationView } from "../views.ts";
import { h, type Node } from "./dom.ts";
import { lengthText, lineText, offsetText } from "./format.ts";
import { errorBox, panel, statusMark, value } from "./parts.ts";
import type { Page } from "./state.ts";

/** How many are shown until more are asked for: a page of ten thousand rows is no page. */
const MOST_ROWS = 400;

/**
 * The operations, with what each was given and what came of it.
 *
 * @param other - the execution beside it: what differs is marked.
 */
export function operationsPanel(page: Page, view: ExecutionView, other?: ExecutionView): Node {
  const { operations } = view;
  const others = new Map(other?.operations.map((operation) => [operation.id, operation] as const));
  const rows = operations.slice(0, MOST_ROWS);
  return panel(
    "Operations",
    {
      key: `operations-${view.id}`,
      aside: h("span", { class: "count" }, String(operations.length)),
    },
    operations.length === 0
      ? h("p", { class: "empty" }, "The handler has not asked for anything.")
      : h(
          "ul",
          { class: "operations plain" },
          rows.map((operation) => {
            const differs = other !== undefined && isOther(operation, others.get(operation.id));
            return row(page, view, { operation, differs });
          }),
        ),
    operations.length > MOST_ROWS &&
      h(
        "p",
        { class: "hint" },
        `The first ${MOST_ROWS} of ${operations.length}. The picture has all.`,
      ),
  );
}

/** Whether it came to something else in the execution beside it. */
function isOther(one: OperationView, other: OperationView | undefined): boolean {
  return (
    other?.status !== one.status ||
    other.endedAt !== one.endedAt ||
    JSON.stringify([other.result, other.error?.message]) !==
      JSON.stringify([one.result, one.error?.message])
  );
}

function row(
  page: Page,
  { id: execution, startedAt }: ExecutionView,
  { operation, differs }: { readonly operation: OperationView; readonly differs: boolean },
): Node {
  const { id, kind, name, status, depth, result, error, details } = operation;
  const isSelected = page.state.operation === id;
  const took =
    operation.endedAt === undefined
      ? "open"
      : lengthText(new Date(operation.endedAt).getTime() - new Date(operation.startedAt).getTime());
  const outcome = error === undefined ? result : `${error.type}: ${error.message}`;
  return h(
    "li",
    {
      key: id,
      class: `depth-${Math.min(depth, 8)}${isSelected ? " selected" : ""}`,
      seen: { mount: (element) => scrollTo(element, isSelected) },
    },
    h(
      "details",
      { "data-execution": execution, "data-operation": id },
      h(
        "summary",
        {
          onclick: () => {
            page.state.operation = id;
            page.redraw();
          },
        },
        statusMark(status),
        h("span", { class: name === undefined ? "op-name unnamed" : "op-name" }, name ?? kind),
        name !== undefined && h("span", { class: "op-kind" }, kind),
        differs && h("span", { class: "differs" }, "differs"),
        h("span", { class: "op-outcome" }, outcome === undefined ? "" : lineText(outcome, 80)),
        h("span", { class: "op-time" }, `${offsetText(operation.startedAt, startedAt)} · ${took}`),
      ),
      h(
        "div",
        { class: "op-body" },
        h(
          "dl",
          {},
          details.map(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]),
        ),
        result !== undefined && value(result, `Result of ${name ?? kind}`),
        error !== undefined && errorBox(error),
      ),
    ),
  );
}

const scrolled = new WeakMap<Element, boolean>();

/** Unfolds what was selected elsewhere, and brings it into sight; once. */
function scrollTo(element: HTMLElement, isSelected: boolean): void {
  const was = scrolled.get(element) ?? false;
  scrolled.set(element, isSelected);
  if (!isSelected || was || element.contains(document.activeElement)) return;
  const details = element.querySelector("details");
  if (details !== null) details.open = true;
  element.scrollIntoView({ block: "nearest" });
}
