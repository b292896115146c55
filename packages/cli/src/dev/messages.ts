import type { ExecutionRecord } from "./open-execution.ts";
import type { Reply, Request } from "./session.ts";
import type { ExecutionView, SessionView } from "./views.ts";

/** What a thread is started with. */
export interface ThreadSettings {
  readonly modules: readonly string[];
  readonly cwd: string;
  readonly exportName: string | undefined;
  readonly endpoint: { readonly host: string; readonly port: number };
  /** What is made again in it. */
  readonly records: readonly ExecutionRecord[];
  /** What to say of some of them. */
  readonly notes: readonly { readonly id: string; readonly text: string }[];
}

/** What the thread is told. */
export type ToThread =
  | { readonly kind: "request"; readonly number: number; readonly request: Request }
  | { readonly kind: "ping"; readonly number: number }
  | { readonly kind: "close" };

/** What the thread tells. */
export type FromThread =
  | { readonly kind: "ready"; readonly folders: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "session"; readonly view: SessionView; readonly folders: readonly string[] }
  | { readonly kind: "execution"; readonly view: ExecutionView }
  | { readonly kind: "recorded"; readonly record: ExecutionRecord }
  | { readonly kind: "closed"; readonly id: string }
  | { readonly kind: "done"; readonly number: number; readonly reply: Reply }
  | {
      readonly kind: "refused";
      readonly number: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: "pong"; readonly number: number };
