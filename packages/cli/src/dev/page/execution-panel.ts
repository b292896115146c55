import type { DivergenceView, ExecutionView } from "../views.ts";
import { callbacksPanel } from "./callbacks-panel.ts";
import { clockPanel } from "./clock-panel.ts";
import { h, type Node } from "./dom.ts";
import { lengthText } from "./format.ts";
import { operationsPanel } from "./operations-panel.ts";
import { button, errorBox, statusPill, value } from "./parts.ts";
import { picturePanel } from "./picture-panel.ts";
import { logPanel, recordedPanel } from "./records-panel.ts";
import type { Page } from "./state.ts";

/** The execution that is shown. */
export function executionPanel(page: Page, view: ExecutionView): Node {
  return h(
    "div",
    { class: "execution", key: view.id },
    heading(view),
    toolbar(page, view),
    banners(view),
    picturePanel(page, view),
    h(
      "div",
      { class: "columns", key: "columns" },
      h(
        "div",
        { class: "column", key: "left" },
        outcome(view),
        operationsPanel(page, view),
        logPanel(view),
      ),
      h(
        "div",
        { class: "column side", key: "right" },
        callbacksPanel(page, view),
        clockPanel(page, view),
        recordedPanel(view),
      ),
    ),
  );
}

/** Two executions side by side; what came out otherwise is marked. */
export function comparison(page: Page, left: ExecutionView, right: ExecutionView): Node {
  return h(
    "div",
    { class: "comparison", key: "comparison" },
    h(
      "div",
      { class: "toolbar", key: "toolbar" },
      button("End comparison", { onclick: () => page.compare(undefined), title: "Key: Escape" }),
      h("p", { class: "hint" }, differenceText(left, right)),
    ),
    h("div", { class: "sides", key: "sides" }, side(page, left, right), side(page, right, left)),
  );
}

function side(page: Page, view: ExecutionView, other: ExecutionView): Node {
  return h(
    "div",
    { class: "side", key: view.id },
    heading(view),
    h(
      "div",
      { class: "toolbar" },
      button(`Show ${view.id} alone`, { onclick: () => page.select(view.id) }),
    ),
    picturePanel(page, view),
    outcome(view),
    operationsPanel(page, view, other),
    recordedPanel(view),
  );
}

/** Where two executions part, as far as a sentence says it. */
function differenceText(left: ExecutionView, right: ExecutionView): string {
  const outcomes = [left, right].map(({ status, result, error }) =>
    JSON.stringify([status, result, error?.message]),
  );
  const firstOther = left.operations.find((operation, index) => {
    const other = right.operations[index];
    return other?.id !== operation.id || other.status !== operation.status;
  });
  const same =
    outcomes[0] === outcomes[1] ? "Both came to the same." : "They came to different ends.";
  return firstOther === undefined
    ? same
    : `${same} They part at ${firstOther.kind}${firstOther.name === undefined ? "" : ` "${firstOther.name}"`}.`;
}

function heading({
  id,
  functionName,
  status,
  busy,
  elapsedMs,
  forkOf,
  invocations,
}: ExecutionView): Node {
  const count = invocations.length;
  return h(
    "header",
    { class: "heading", key: "heading" },
    h(
      "h2",
      {},
      functionName,
      h("span", { class: "heading-id" }, forkOf === undefined ? id : `${id}, fork of ${forkOf}`),
    ),
    statusPill(busy === undefined ? status : "BUSY"),
    h(
      "span",
      { class: "heading-facts" },
      `${lengthText(elapsedMs)} of virtual time, ${count} ${count === 1 ? "invocation" : "invocations"}`,
    ),
  );
}

function toolbar(page: Page, view: ExecutionView): Node {
  const { id, busy, isInvoked, status } = view;
  const others = [...page.state.executions.values()].filter((one) => one.id !== id);
  const ended = status === "PENDING" ? undefined : "The execution has ended.";
  const request = (what: object): void => void page.request({ execution: id, ...what });
  const isUnresponsive = page.state.session?.thread.state === "unresponsive";
  const canKill = busy !== undefined || isInvoked || isUnresponsive;
  return h(
    "div",
    { class: "toolbar", key: "toolbar", role: "toolbar", "aria-label": `What to do with ${id}` },
    button("Copy as test", {
      onclick: () => void page.showTest(id, page.state.test?.framework ?? "vitest"),
      unless: busy && "It has not come to rest.",
      title: "The test that does the same. Key: t",
      class: "primary",
    }),
    button("Fork", {
      onclick: () => void fork(page, id),
      unless: forkUnless(view),
      title: "Another execution in the same state; both go on alone. Key: f",
    }),
    compareChoice(page, others),
    button("Kill invocation", {
      onclick: () => request({ kind: "kill" }),
      unless: canKill
        ? undefined
        : "No invocation is going on: all there is of a suspended execution is its durable state.",
      title: "The sandbox dies, as when its machine does. Key: k",
      class: "danger",
    }),
    button("Stop", {
      onclick: () => request({ kind: "stop" }),
      unless: ended,
      title: "As StopDurableExecution does.",
      class: "danger",
    }),
    button("Close", {
      onclick: () => void close(page, id),
      unless: busy && "It has not come to rest.",
      title: "Takes it off the page.",
    }),
  );
}

function forkUnless({ busy, isInvoked }: ExecutionView): string | undefined {
  if (busy !== undefined) return "It has not come to rest.";
  return isInvoked
    ? "An invocation stands still in its middle: only durable state can be forked."
    : undefined;
}

async function fork(page: Page, id: string): Promise<void> {
  const reply = await page.request({ kind: "fork", execution: id });
  if (typeof reply?.["id"] === "string") page.select(reply["id"]);
}

async function close(page: Page, id: string): Promise<void> {
  await page.request({ kind: "close", execution: id });
}

function compareChoice(page: Page, others: readonly ExecutionView[]): Node {
  return h(
    "span",
    { class: "choice" },
    h("label", { for: "compare", class: "hidden" }, "Compare with"),
    h(
      "select",
      {
        id: "compare",
        disabled: others.length === 0,
        title: others.length === 0 ? "There is no other execution." : "Side by side",
        onchange: (event: Event) => {
          if (!(event.currentTarget instanceof HTMLSelectElement)) return;
          const { value: chosen } = event.currentTarget;
          event.currentTarget.value = "";
          if (chosen !== "") page.compare(chosen);
        },
      },
      h("option", { value: "" }, "Compare with…"),
      others.map(({ id, functionName }) =>
        h("option", { value: id, key: id }, `${functionName} ${id}`),
      ),
    ),
  );
}

function banners({ diverged, note }: ExecutionView): Node {
  return h(
    "div",
    { class: "banners", key: "banners" },
    diverged !== undefined && divergence(diverged),
    note !== undefined &&
      h("div", { class: "banner info", role: "status", key: "note" }, h("pre", {}, note)),
  );
}

function divergence({ message, event, recorded, requested, callSite }: DivergenceView): Node {
  return h(
    "div",
    { class: "banner bad", role: "alert", key: "diverged" },
    h("strong", {}, "The new code does not fit this execution: it goes on with the old code."),
    event !== undefined &&
      h(
        "dl",
        {},
        h("dt", {}, "At"),
        h("dd", {}, event),
        h("dt", {}, "Recorded"),
        h("dd", {}, recorded ?? "nothing"),
        h("dt", {}, "Asked for"),
        h("dd", {}, requested ?? "nothing there"),
        callSite !== undefined && [
          h("dt", {}, "Where"),
          h("dd", {}, h("code", { class: "wrap" }, callSite)),
        ],
      ),
    h("details", {}, h("summary", {}, "All there is to say"), h("pre", {}, message)),
  );
}

/** What it was given, and what came of it. */
function outcome({ input, status, result, error }: ExecutionView): Node {
  return h(
    "section",
    { class: "panel outcome", key: "outcome", "aria-label": "Input and outcome" },
    h(
      "div",
      { class: "outcome-sides" },
      h("div", {}, h("h3", {}, "Input"), value(input, "Input")),
      h(
        "div",
        {},
        h("h3", {}, "Outcome"),
        error === undefined
          ? status === "PENDING"
            ? h("p", { class: "empty" }, "Not yet.")
            : value(result, "Result")
          : errorBox(error),
      ),
    ),
  );
}
