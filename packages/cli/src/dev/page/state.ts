import type { ExecutionView } from "../views.ts";
import { ask, type Session } from "./api.ts";

/** A test to copy. */
interface TestDialog {
  readonly execution: string;
  readonly framework: "vitest" | "jest";
  readonly fileName: string;
  readonly code: string;
  readonly isCopied: boolean;
}

/**
 * What the page shows.
 *
 * Owns: what the server has told, and what is selected.
 * Does not own: what it looks like (`main.ts` and the panels), what people are typing (the document).
 */
interface State {
  session: Session | undefined;
  readonly executions: Map<string, ExecutionView>;
  /** The one that is shown. */
  selected: string | undefined;
  /** The one beside it. */
  compared: string | undefined;
  /** The id of an operation. */
  operation: string | undefined;
  isConnected: boolean;
  /** What was refused, or has come about. */
  message: { readonly kind: "error" | "info"; readonly text: string } | undefined;
  test: TestDialog | undefined;
  isHelpOpen: boolean;
}

/** What panels do to it. */
export interface Page {
  readonly state: State;
  /** Draws it anew, soon. */
  redraw(): void;
  /** Asks the server; what is refused is shown. Gives undefined then. */
  request(request: object): Promise<Record<string, unknown> | undefined>;
  select(id: string | undefined): void;
  compare(id: string | undefined): void;
  showTest(execution: string, framework: "vitest" | "jest"): Promise<void>;
}

export function createPage(redraw: () => void): Page {
  const state: State = {
    session: undefined,
    executions: new Map(),
    selected: undefined,
    compared: undefined,
    operation: undefined,
    isConnected: false,
    message: undefined,
    test: undefined,
    isHelpOpen: false,
  };
  const show = (selected: string | undefined, compared: string | undefined): void => {
    state.selected = selected;
    state.compared = compared === selected ? undefined : compared;
    const hash = [state.selected, state.compared].filter((id) => id !== undefined).join("+");
    history.replaceState(null, "", hash === "" ? location.pathname : `#${hash}`);
    redraw();
  };
  const page: Page = {
    state,
    redraw,
    request: async (request) => {
      state.message = undefined;
      redraw();
      try {
        return await ask(request);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        state.message = { kind: "error", text };
        redraw();
        return undefined;
      }
    },
    select: (id) => {
      state.operation = undefined;
      show(id, undefined);
    },
    compare: (id) => show(state.selected, id),
    showTest: async (execution, framework) => {
      const reply = await page.request({ kind: "test", execution, framework });
      const test = reply?.["test"] as Pick<TestDialog, "fileName" | "code"> | undefined;
      if (test === undefined) return;
      state.test = { ...test, execution, framework, isCopied: false };
      redraw();
    },
  };
  return page;
}

/** What the address of the page names: `#e2+e1`. */
export function namedInAddress(): readonly (string | undefined)[] {
  return location.hash
    .slice(1)
    .split("+")
    .filter((id) => id !== "");
}
