import { listen, type Session } from "./api.ts";
import { helpDialog, testDialog } from "./dialogs.ts";
import { draw, h, type Node } from "./dom.ts";
import { comparison, executionPanel } from "./execution-panel.ts";
import { listenToKeys } from "./keys.ts";
import { button } from "./parts.ts";
import { sidebar } from "./sidebar.ts";
import { createPage, namedInAddress, type Page } from "./state.ts";

let isDrawing = false;

/** Soon, once for all that has changed by then. */
function redraw(): void {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    draw(document.body, whole(page));
  });
}

const page = createPage(redraw);
const { state } = page;

/** Those told since the connection was made; others are gone. */
let told = new Set<string>();

listen({
  session: (session) => {
    state.session = session;
    redraw();
  },
  execution: (view) => {
    told.add(view.id);
    state.executions.set(view.id, view);
    redraw();
  },
  closed: (id) => {
    state.executions.delete(id);
    if (state.compared === id) page.compare(undefined);
    if (state.selected === id) page.select([...state.executions.keys()].at(-1));
    redraw();
  },
  complete: () => {
    for (const id of state.executions.keys()) if (!told.has(id)) state.executions.delete(id);
    const [selected = [...state.executions.keys()].at(-1), compared] = namedInAddress();
    if (state.selected === undefined) page.select(selected);
    if (compared !== undefined) page.compare(compared);
    redraw();
  },
  connected: (isConnected) => {
    state.isConnected = isConnected;
    if (isConnected) told = new Set();
    redraw();
  },
});
listenToKeys(page);
redraw();

function whole(of: Page): readonly Node[] {
  return [
    topBar(of),
    h("div", { class: "body", key: "body" }, sidebar(of), main(of)),
    testDialog(of),
    helpDialog(of),
  ];
}

function topBar({ state: { session, isConnected } }: Page): Node {
  return h(
    "header",
    { class: "top", key: "top" },
    h("h1", {}, h("span", { class: "brand" }, "durabletest"), " dev"),
    h(
      "span",
      { class: `connection ${isConnected && isWell(session) ? "good" : "bad"}`, role: "status" },
      isConnected ? threadText(session) : "Not connected: has it been ended?",
    ),
    session?.endpoint !== undefined &&
      h(
        "span",
        { class: "endpoint", title: "For AWS clients of any language: AWS_ENDPOINT_URL_LAMBDA" },
        "Endpoint ",
        h("code", {}, session.endpoint),
      ),
    h(
      "span",
      { class: "top-buttons" },
      button("Reload code", {
        onclick: () => void page.request({ kind: "reload" }),
        title: "Loads the modules anew, as every change of their files does.",
      }),
      button("?", { onclick: openHelp, title: "Keys", class: "round" }),
    ),
  );
}

function isWell(session: Session | undefined): boolean {
  return session?.thread.state === "ready" || session?.thread.state === "loading";
}

function openHelp(): void {
  state.isHelpOpen = true;
  redraw();
}

function threadText(session: Session | undefined): string {
  if (session === undefined) return "Connecting…";
  const { thread, version } = session;
  switch (thread.state) {
    case "loading":
      return "Loading code…";
    case "ready":
      return `Code loaded${version > 1 ? `, version ${version}` : ""}`;
    case "unresponsive":
      return "A handler is spinning";
    case "down":
      return "The thread of the handlers is gone";
  }
}

function main(of: Page): Node {
  const { executions, selected, compared, message, session } = of.state;
  const view = executions.get(selected ?? "");
  const other = executions.get(compared ?? "");
  return h(
    "main",
    { class: "main", key: "main" },
    h("div", { class: "messages", key: "messages" }, problems(session), messageBox(message)),
    view === undefined
      ? welcome()
      : other === undefined
        ? executionPanel(of, view)
        : comparison(of, view, other),
  );
}

function problems(session: Session | undefined): readonly Node[] {
  const { functions = [], thread } = session ?? {};
  const ofFunctions = functions
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem, isLoaded }) =>
      h(
        "div",
        { class: "banner bad", role: "alert", key: `problem-${name}` },
        h(
          "strong",
          {},
          isLoaded ? `${name} goes on with its old code.` : `${name} cannot be loaded yet.`,
        ),
        h("pre", {}, problem ?? ""),
      ),
    );
  if (thread?.state === "unresponsive") {
    ofFunctions.unshift(
      h(
        "div",
        { class: "banner bad", role: "alert", key: "spinning" },
        h("strong", {}, "Code of a handler is spinning: it lets nothing else run. "),
        "Killing it ends its thread; all other executions are made again. ",
        button("Kill what is spinning", {
          onclick: () => void page.request({ kind: "kill", execution: state.selected ?? "" }),
          class: "danger",
        }),
      ),
    );
  }
  if (thread?.state === "down") {
    ofFunctions.unshift(
      h(
        "div",
        { class: "banner bad", role: "alert", key: "down" },
        h("pre", {}, thread.problem ?? ""),
        "Edit the code, or load it again.",
      ),
    );
  }
  return ofFunctions;
}

function messageBox(message: typeof state.message): Node {
  return h(
    "div",
    { class: "message-place", role: "status", key: "message" },
    message !== undefined &&
      h(
        "div",
        { class: `banner ${message.kind === "error" ? "bad" : "info"}` },
        h("pre", {}, message.text),
        button("Dismiss", {
          onclick: () => {
            state.message = undefined;
            redraw();
          },
        }),
      ),
  );
}

function welcome(): Node {
  return h(
    "div",
    { class: "welcome", key: "welcome" },
    h("h2", {}, "Nothing has been started"),
    h(
      "p",
      {},
      "Give an input and press Start. Time stands still until you turn the clock; callbacks wait until you answer them.",
    ),
  );
}
