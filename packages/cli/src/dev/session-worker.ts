import { parentPort, workerData } from "node:worker_threads";
import { processIo } from "../io.ts";
import { loadHandler } from "../load-handler.ts";
import { openEndpoint } from "./endpoint.ts";
import type { FromThread, ThreadSettings, ToThread } from "./messages.ts";
import { Modules } from "./modules.ts";
import { refusalOf } from "./open-execution.ts";
import { picture } from "./picture.ts";
import { Session } from "./session.ts";
import type { ExecutionView } from "./views.ts";

/**
 * The thread in which handlers run: a handler that spins stops this thread only, and ends with it.
 *
 * Owns: the session, the endpoint.
 * Does not own: when it is started anew, and with what (`thread.ts`).
 */

/** How often it is looked whether something has gone on by itself. */
const LOOK_MS = 250;

async function run(port: NonNullable<typeof parentPort>, settings: ThreadSettings): Promise<void> {
  const { modules: names, cwd, exportName, records, notes } = settings;
  const { sleep } = processIo();
  const tell = (message: FromThread): void => port.postMessage(message);
  const changed = new Map<string, () => ExecutionView>();
  /** Of what changes many times in one go, the last is told. */
  const tellChanged = (): void => {
    const views = [...changed.values()];
    changed.clear();
    for (const view of views) tell({ kind: "execution", view: view() });
  };
  const modules = new Modules(names, (module) => loadHandler(module, { cwd, sleep, exportName }));
  const closed = new AbortController();

  const opening = (async () => {
    const endpoint = await openEndpoint(settings.endpoint.host, settings.endpoint.port);
    const session = new Session({
      modules,
      picture,
      endpoint,
      listener: {
        sessionChanged: (view) => tell({ kind: "session", view, folders: modules.folders }),
        executionChanged: (id, view) => {
          if (changed.size === 0) setImmediate(tellChanged);
          changed.set(id, view);
        },
        // What begins may spin: nothing more is told then.
        begins: tellChanged,
        recorded: (record) => tell({ kind: "recorded", record }),
        closed: (id) => {
          changed.delete(id);
          tell({ kind: "closed", id });
        },
      },
    });
    await session.reload();
    await session.restore(records, notes);
    tellChanged();
    tell({ kind: "ready", folders: modules.folders });
    return { session, endpoint };
  })();

  const answer = async (message: ToThread): Promise<void> => {
    if (message.kind === "ping") {
      tell({ kind: "pong", number: message.number });
      return;
    }
    const { session, endpoint } = await opening;
    if (message.kind === "close") {
      closed.abort();
      await session.close();
      await endpoint.close();
      port.close();
      return;
    }
    const { number } = message;
    try {
      const reply = await session.request(message.request);
      tellChanged();
      tell({ kind: "done", number, reply });
    } catch (error) {
      tellChanged();
      tell({ kind: "refused", number, ...refusalOf(error) });
    }
  };
  port.on("message", (message: ToThread) => void answer(message));

  try {
    const { session } = await opening;
    while (!closed.signal.aborted) {
      await sleep(LOOK_MS, closed.signal);
      session.look();
    }
  } catch (error) {
    tell({ kind: "failed", ...refusalOf(error) });
    port.close();
  }
}

if (parentPort !== null) await run(parentPort, workerData as ThreadSettings);
