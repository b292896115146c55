import { framesOf } from "@durabletest/runtime/protocol";
import { heldBodies } from "../surroundings/held-bodies.ts";

// Not imported: see surroundings/builtins.ts.
const { createHash } = process.getBuiltinModule("node:crypto");

/**
 * Where a handler of AWS's SDK calls its operations, by their ids, as long as something goes on.
 *
 * Before an operation does anything, that SDK looks which context is the innermost, in the stack of whoever has
 * called it. Each of the methods below takes the next id of its context. Of an SDK that was minified nothing is
 * found.
 */
export async function awsCallSites(
  during: () => Promise<unknown>,
): Promise<ReadonlyMap<string, string>> {
  const sites = new Map<string, string>();
  const positions = new Map<string, number>();
  await heldBodies.listen((contextId) => {
    const frames = framesHere();
    const check = frames.findIndex((frame) => frame.includes("validateContextUsage"));
    const method = METHOD.exec(frames[check + 1] ?? "")?.[1];
    if (check === -1 || method === undefined || !TAKES_ID.has(method)) return;
    const position = (positions.get(contextId) ?? 0) + 1;
    positions.set(contextId, position);
    const path = contextId === "root" ? `${position}` : `${contextId}-${position}`;
    const file = fileOf(frames[check] ?? "");
    const site = frames.slice(check + 1).find((frame) => fileOf(frame) !== file) ?? "";
    if (!/node:|node_modules/.test(site)) sites.set(operationId(path), placeText(site));
  }, during);
  return sites;
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

function operationId(path: string): string {
  return createHash("md5").update(path).digest("hex").slice(0, 16);
}

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
  return frame.trim().replace("file://", "").replace(`${process.cwd()}/`, "");
}
