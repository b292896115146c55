import { loadHandler } from "../../../src/load-handler.ts";
import { Modules } from "../../../src/dev/modules.ts";
import type { ExecutionRecord } from "../../../src/dev/open-execution.ts";
import { Session, type Request } from "../../../src/dev/session.ts";
import type { ExecutionView, SessionView } from "../../../src/dev/views.ts";
import type { Endpoint } from "../../../src/dev/endpoint.ts";

/** A session in this thread, and what it has told. */
export interface OpenSession {
  readonly session: Session;
  /** The newest view of an execution. */
  readonly view: (id: string) => ExecutionView;
  readonly views: ReadonlyMap<string, ExecutionView>;
  readonly records: ReadonlyMap<string, ExecutionRecord>;
  readonly sessionViews: readonly SessionView[];
  /** Starts an execution, and gives its id. */
  readonly start: (
    functionName: string,
    input?: unknown,
    time?: "auto" | "manual",
  ) => Promise<string>;
  readonly ask: (request: Request) => Promise<object>;
  /** The id of an open callback. */
  readonly callbackId: (id: string, name: string) => string;
}

export async function openSession(
  cwd: string,
  names: readonly string[],
  endpoint?: Endpoint,
): Promise<OpenSession> {
  const views = new Map<string, ExecutionView>();
  const records = new Map<string, ExecutionRecord>();
  const sessionViews: SessionView[] = [];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  const modules = new Modules(names, (module) => loadHandler(module, { cwd, sleep }));
  const session = new Session({
    modules,
    endpoint,
    picture: ({ status }) => `<svg><title>${status}</title></svg>`,
    listener: {
      sessionChanged: (view) => void sessionViews.push(view),
      executionChanged: (id, make) => {
        const made = make();
        views.set(id, { ...made, picture: made.picture ?? views.get(id)?.picture });
      },
      begins: () => {},
      recorded: (record) => void records.set(record.id, record),
      closed: (id) => {
        views.delete(id);
        records.delete(id);
      },
    },
  });
  await session.reload();
  const view = (id: string): ExecutionView => {
    const found = views.get(id);
    if (found === undefined) throw new Error(`${id} has not been shown.`);
    return found;
  };
  return {
    session,
    view,
    views,
    records,
    sessionViews,
    start: async (functionName, input, time = "manual") => {
      const text = input === undefined ? "" : JSON.stringify(input);
      const reply = await session.request({ kind: "start", functionName, input: text, time });
      return "id" in reply ? reply.id : "";
    },
    ask: async (request) => session.request(request),
    callbackId: (id, name) =>
      view(id).callbacks.find((callback) => callback.name === name)?.callbackId ?? "",
  };
}
