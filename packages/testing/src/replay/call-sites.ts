import { framesOf } from "@durabletest/runtime/protocol";
import { operationIdAt } from "../engine/other-attempts.ts";
import { withoutQuery } from "../print/place.ts";
import type { ScopeHost } from "../surroundings/host.ts";
import { heldBodies } from "../surroundings/held-bodies.ts";

/**
 * Where a handler calls its operations, by their ids.
 *
 * Handlers of our runtime say so. AWS's SDK looks, before an operation does anything, which context is the
 * innermost, in the stack of whoever has called it. Each of the methods below takes the next id of its context. Of
 * an SDK that was minified nothing is found.
 */
export class CallSites {
  readonly #sites = new Map<string, string>();

  /** `"at handler (src/order.ts:12:5)"`; undefined where it is not known. */
  get(operationId: string): string | undefined {
    return this.#sites.get(operationId);
  }

  add(operationId: string, callSite: string): void {
    if (callSite !== "" && !this.#sites.has(operationId)) this.#sites.set(operationId, callSite);
  }

  /** Listens to AWS's SDK in a sandbox, until what comes back is called. */
  ofOthers(host: ScopeHost): () => void {
    const positions = new Map<string, number>();
    return heldBodies.listen(host, (contextId) => {
      const frames = framesHere();
      const check = frames.findIndex((frame) => frame.includes("validateContextUsage"));
      const method = METHOD.exec(frames[check + 1] ?? "")?.[1];
      if (check === -1 || method === undefined || !TAKES_ID.has(method)) return;
      const position = (positions.get(contextId) ?? 0) + 1;
      positions.set(contextId, position);
      const path = contextId === "root" ? `${position}` : `${contextId}-${position}`;
      const sdk = fileOf(frames[check] ?? "");
      const site = frames.slice(check + 1).find((frame) => fileOf(frame) !== sdk) ?? "";
      if (!/node:|node_modules/.test(site)) this.add(operationIdAt(path), placeText(site));
    });
  }
}

const METHOD = /DurableContextImpl\.(\w+?)(?:Internal)?\b/;
const TAKES_ID: ReadonlySet<string> = new Set([
  "step",
  "invoke",
  "runInChildContext",
  "wait",
  "createCallback",
  "waitForCondition",
]);

/** Deeper than usual: the SDK's own frames come first. */
function framesHere(): readonly string[] {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, "stackTraceLimit", 50);
  const { stack } = new Error("call site");
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  return framesOf(stack);
}

function fileOf(frame: string): string | undefined {
  return /\(?((?:file:\/\/)?[^\s()]+):\d+:\d+\)?$/.exec(frame)?.[1];
}

function placeText(frame: string): string {
  return withoutQuery(frame.trim().replace("file://", "").replace(`${process.cwd()}/`, ""));
}
