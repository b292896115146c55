import type { ReportedExecution } from "../report-data.ts";
import { searcher } from "../search.ts";
import {
  eventList,
  executionDetails,
  invocationDetails,
  type Links,
  logList,
  operationDetails,
} from "./details.ts";
import { h } from "./dom.ts";
import { TimelineView } from "./timeline-view.ts";
import { statusView } from "./values.ts";

const TABS = ["Execution", "Operation", "Invocation", "Events", "Logs"] as const;
type Tab = (typeof TABS)[number];

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["↑ ↓", "the operation before, after"],
  ["Home End", "the first, the last operation"],
  ["← →", "scroll through the time"],
  ["+ − 0 f", "zoom in, out, as at first, all of it"],
  ["[ ]", "the invocation before, after"],
  ["/", "search; Enter and Shift+Enter go through what was found"],
  ["1 to 5", "the tabs"],
  ["?", "these keys"],
  ["Esc", "close, back to the timeline"],
];

/**
 * The page of one execution.
 *
 * Owns: what is chosen, and the ways to choose. Does not own: how the picture is drawn, what details say.
 */
export class ReportView {
  readonly element: HTMLElement;
  readonly #execution: ReportedExecution;
  readonly #timeline: TimelineView;
  readonly #panel = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: 0 });
  readonly #tabs: ReadonlyMap<Tab, HTMLElement>;
  readonly #said = h("div", { class: "said", role: "status" });
  readonly #input: HTMLInputElement;
  readonly #count = h("span", { class: "count" });
  readonly #stepper = h("span", { class: "stepper" });
  readonly #help: HTMLDialogElement;
  readonly #search: (words: string) => readonly number[];
  #tab: Tab = "Execution";
  #row: number | undefined;
  #invocation: number | undefined;
  #found: readonly number[] = [];

  constructor(execution: ReportedExecution, chooser: HTMLElement | undefined) {
    this.#execution = execution;
    this.#search = searcher(execution);
    this.#timeline = new TimelineView(execution.picture, {
      choose: (row) => this.#choose(row),
      chooseInvocation: (number) => this.#chooseInvocation(number),
    });
    this.#input = h("input", {
      type: "search",
      placeholder: "Search  /",
      "aria-label": "Search operations",
      input: () => this.#find(),
      keydown: (event) => this.#searchKey(event),
    });
    this.#tabs = new Map(
      TABS.map((tab) => [
        tab,
        h(
          "button",
          {
            type: "button",
            role: "tab",
            id: `tab-${tab}`,
            "aria-controls": "panel",
            click: () => this.#open(tab),
          },
          tab,
        ),
      ]),
    );
    this.#help = this.#helpDialog();
    this.element = h(
      "div",
      { class: "report" },
      h("header", {}, ...this.#toolbar(chooser)),
      h(
        "main",
        {},
        this.#timeline.element,
        h("aside", { "aria-label": "Details" }, this.#tabList(), this.#panel),
      ),
      this.#help,
      this.#said,
    );
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#updateStepper();
    this.#open("Execution");
  }

  /** Once it is on the page. */
  begin(): void {
    this.#timeline.element.focus({ preventScroll: true });
  }

  #toolbar(chooser: HTMLElement | undefined): readonly (Node | string)[] {
    const { picture } = this.#execution;
    const button = (text: string, label: string, click: () => void): HTMLElement =>
      h("button", { type: "button", "aria-label": label, title: label, click }, text);
    return [
      h(
        "h1",
        {},
        statusView(picture.status),
        h("span", { class: "heading" }, picture.heading.replace(/^\w+ /, "")),
      ),
      ...(chooser === undefined ? [] : [chooser]),
      h("span", { class: "search", role: "search" }, this.#input, this.#count),
      h(
        "span",
        { class: "group" },
        button("‹", "Invocation before", () => this.#stepInvocation(-1)),
        this.#stepper,
        button("›", "Invocation after", () => this.#stepInvocation(1)),
      ),
      h(
        "span",
        { class: "group" },
        button("−", "Zoom out", () => this.#timeline.zoomOut()),
        button("Reset", "Reset the zoom", () => this.#timeline.reset()),
        button("Fit", "Fit all of the time", () => this.#timeline.fit()),
        button("+", "Zoom in", () => this.#timeline.zoomIn()),
      ),
      button("?", "Keys, and what the marks mean", () => this.#help.showModal()),
    ];
  }

  #tabList(): HTMLElement {
    const list = h("div", { role: "tablist", "aria-label": "Details" }, ...this.#tabs.values());
    list.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step === 0) return;
      event.stopPropagation();
      const index = (TABS.indexOf(this.#tab) + step + TABS.length) % TABS.length;
      const tab = TABS[index] ?? "Execution";
      this.#open(tab);
      this.#tabs.get(tab)?.focus();
    });
    return list;
  }

  #helpDialog(): HTMLDialogElement {
    const dialog = h(
      "dialog",
      { "aria-label": "Keys and marks" },
      h("h2", {}, "Keys"),
      h("dl", {}, ...KEYS.flatMap(([keys, does]) => [h("dt", {}, keys), h("dd", {}, does)])),
      h("p", { class: "quiet" }, "Ctrl and the wheel zoom, too."),
      h("h2", {}, "Marks"),
      this.#timeline.legend,
      h("button", { type: "button", click: () => dialog.close() }, "Close"),
    );
    return dialog;
  }

  #open(tab: Tab): void {
    this.#tab = tab;
    for (const [name, button] of this.#tabs) {
      const isOpen = name === tab;
      button.setAttribute("aria-selected", String(isOpen));
      button.setAttribute("tabindex", isOpen ? "0" : "-1");
    }
    this.#panel.setAttribute("aria-labelledby", `tab-${tab}`);
    this.#panel.className = `panel panel-${tab.toLowerCase()}`;
    this.#panel.scrollTop = 0;
    this.#panel.replaceChildren(...this.#contents(tab).filter((part) => part !== undefined));
  }

  #contents(tab: Tab): readonly (Node | undefined)[] {
    const execution = this.#execution;
    const links: Links = {
      operation: (id) => this.#choose(execution.picture.rows.findIndex((row) => row.id === id)),
      invocation: (number) => this.#chooseInvocation(number),
    };
    switch (tab) {
      case "Execution":
        return executionDetails(execution, links);
      case "Operation":
        return operationDetails(execution, this.#row ?? -1);
      case "Invocation":
        return invocationDetails(execution, this.#invocation ?? 1, links);
      case "Events":
        return [eventList(execution, links)];
      case "Logs":
        return [logList(execution, links)];
    }
  }

  #choose(row: number): void {
    const shown = this.#execution.picture.rows[row];
    if (shown === undefined) return;
    this.#row = row;
    this.#timeline.choose(row);
    this.#open("Operation");
    this.#say(`${shown.path}, ${shown.status}. ${shown.summary}`);
  }

  #chooseInvocation(number: number): void {
    const bar = this.#execution.picture.invocations[number - 1];
    if (bar === undefined) return;
    this.#invocation = number;
    this.#timeline.chooseInvocation(number);
    this.#updateStepper();
    this.#open("Invocation");
    this.#say(`Invocation ${number}: ${bar.ending}`);
  }

  #stepInvocation(step: 1 | -1): void {
    const { length } = this.#execution.picture.invocations;
    const from = this.#invocation ?? (step === 1 ? 0 : length + 1);
    this.#chooseInvocation(Math.min(length, Math.max(1, from + step)));
  }

  #updateStepper(): void {
    const { length } = this.#execution.picture.invocations;
    this.#stepper.textContent = `invocation ${this.#invocation ?? "–"} of ${length}`;
  }

  #stepRow(to: number): void {
    const last = this.#execution.picture.rows.length - 1;
    this.#choose(Math.min(last, Math.max(0, to)));
  }

  #find(): void {
    this.#found = this.#search(this.#input.value);
    this.#timeline.find(this.#found);
    this.#count.textContent = this.#input.value.trim() === "" ? "" : `${this.#found.length} found`;
  }

  #searchKey(event: Event): void {
    if (!(event instanceof KeyboardEvent)) return;
    if (event.key === "Enter" && this.#found.length > 0) {
      const at = this.#found.indexOf(this.#row ?? -1);
      const step = event.shiftKey ? -1 : 1;
      const next = at === -1 ? 0 : (at + step + this.#found.length) % this.#found.length;
      this.#choose(this.#found[next] ?? 0);
      this.#count.textContent = `${next + 1} of ${this.#found.length}`;
    }
    if (event.key !== "Escape") return;
    this.#input.value = "";
    this.#find();
    this.#timeline.element.focus();
  }

  #key(event: KeyboardEvent): void {
    const { target, key } = event;
    const isField = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    if (isField || this.#help.open || event.ctrlKey || event.metaKey || event.altKey) return;
    // Elsewhere the arrows scroll, as they always do.
    const isTimeline = target === this.#timeline.element || target === document.body;
    const act = (isTimeline ? this.#timelineKeys()[key] : undefined) ?? this.#keys()[key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #timelineKeys(): Readonly<Record<string, () => void>> {
    return {
      ArrowDown: () => this.#stepRow((this.#row ?? -1) + 1),
      ArrowUp: () => this.#stepRow((this.#row ?? 1) - 1),
      Home: () => this.#stepRow(0),
      End: () => this.#stepRow(Infinity),
      ArrowRight: () => this.#timeline.scrollBy(120),
      ArrowLeft: () => this.#timeline.scrollBy(-120),
    };
  }

  #keys(): Readonly<Record<string, () => void>> {
    const tabs = TABS.map((tab, index) => [String(index + 1), () => this.#open(tab)] as const);
    return {
      ...Object.fromEntries(tabs),
      "/": () => this.#input.focus(),
      "+": () => this.#timeline.zoomIn(),
      "=": () => this.#timeline.zoomIn(),
      "-": () => this.#timeline.zoomOut(),
      "0": () => this.#timeline.reset(),
      f: () => this.#timeline.fit(),
      "[": () => this.#stepInvocation(-1),
      "]": () => this.#stepInvocation(1),
      "?": () => this.#help.showModal(),
      Escape: () => this.#timeline.element.focus(),
    };
  }

  #say(text: string): void {
    this.#said.textContent = text;
  }
}
