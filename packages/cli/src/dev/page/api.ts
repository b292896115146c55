import type { ExecutionView, SessionView } from "../views.ts";

/** A session with the thread that it is in. */
export interface Session extends SessionView {
  readonly thread: {
    readonly state: "loading" | "ready" | "unresponsive" | "down";
    readonly problem: string | undefined;
  };
}

/** What the server tells by itself. */
export interface Listener {
  session(session: Session): void;
  execution(view: ExecutionView): void;
  closed(id: string): void;
  /** All that was open has been told. */
  complete(): void;
  connected(isConnected: boolean): void;
}

const token =
  document.querySelector<HTMLMetaElement>('meta[name="durabletest-token"]')?.content ?? "";

/**
 * Asks the server for something.
 *
 * @throws Error with what it was refused with.
 */
export async function ask(request: object): Promise<Record<string, unknown>> {
  const response = await fetch("/request", {
    method: "POST",
    headers: { "content-type": "application/json", "x-durabletest-token": token },
    body: JSON.stringify(request),
  });
  const reply = (await response.json()) as Record<string, unknown>;
  const error = reply["error"] as { readonly message: string } | undefined;
  if (error === undefined) return reply;
  throw new Error(error.message);
}

/** Listens to the server; comes again by itself when the connection was lost. */
export function listen(listener: Listener): void {
  const events = new EventSource(`/events?token=${encodeURIComponent(token)}`);
  const on = (name: string, heard: (data: unknown) => void): void => {
    events.addEventListener(name, (event: MessageEvent<string>) => {
      heard(JSON.parse(event.data));
    });
  };
  on("session", (data) => listener.session(data as Session));
  on("execution", (data) => listener.execution(data as ExecutionView));
  on("closed", (data) => listener.closed((data as { readonly id: string }).id));
  on("complete", () => listener.complete());
  events.addEventListener("open", () => listener.connected(true));
  events.addEventListener("error", () => {
    listener.connected(false);
    // A server that was started anew has another secret: the page must be loaded again.
    if (events.readyState === EventSource.CLOSED) waitForServer();
  });
}

function waitForServer(): void {
  setTimeout(() => {
    fetch("/", { method: "GET" }).then(
      () => location.reload(),
      () => waitForServer(),
    );
  }, 1000);
}
