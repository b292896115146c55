import type { ErrorObject } from "@durabletest/testing";

/**
 * What somebody did to an execution, as plain data: it travels between threads, is played again on another runner
 * (`play.ts`), and is written down as a test (`test-code.ts`).
 */
export interface Recording {
  /** The function that was started; see `modules.ts`. */
  readonly functionName: string;
  /** Determines ids, jitter and randomness, as the option of a runner does. */
  readonly seed: number;
  /** Whether waits and retries pass by themselves. */
  readonly time: "auto" | "manual";
  /** In order; the first one is the start. */
  readonly actions: readonly RecordedAction[];
}

export interface RecordedAction {
  readonly action: Action;
  /** Who did it: somebody on the page, or a client of Lambda's API. */
  readonly by: "page" | "client";
  /** What the call of the runner was refused with, where the execution has gone on all the same. */
  readonly refusal?: { readonly code: string; readonly message: string } | undefined;
}

/** How a test finds it: by name, with an index where several have it; without a name by the id that its seed gives. */
export type CallbackAddress =
  | { readonly name: string; readonly index?: number | undefined }
  | { readonly id: string };

/** An answer: JSON, or text that is sent as it is. */
export type Payload = { readonly json?: unknown } | { readonly raw: string };

export type Action =
  | { readonly kind: "start"; readonly input?: unknown }
  | { readonly kind: "succeed"; readonly callback: CallbackAddress; readonly payload: Payload }
  | { readonly kind: "fail"; readonly callback: CallbackAddress; readonly error: ErrorObject }
  | { readonly kind: "heartbeat"; readonly callback: CallbackAddress }
  | { readonly kind: "advance"; readonly ms: number }
  /** ISO 8601. */
  | { readonly kind: "advance-to"; readonly at: string }
  | { readonly kind: "complete" }
  | { readonly kind: "kill" }
  | { readonly kind: "stop"; readonly error?: ErrorObject | undefined }
  /** What follows was done to a fork. */
  | { readonly kind: "fork" };

const UNITS = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["seconds", 1000],
  ["milliseconds", 1],
] as const;

/** As a runner takes it: `{ hours: 1, minutes: 30 }`; all units there are. */
export function durationOf(ms: number): Readonly<Record<string, number>> {
  const duration: Record<string, number> = {};
  let rest = ms;
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) duration[unit] = count;
  }
  return ms === 0 ? { seconds: 0 } : duration;
}

/** In words: `1 hour 30 minutes`. */
function durationText(ms: number): string {
  return Object.entries(durationOf(ms))
    .map(([unit, count]) => `${count} ${count === 1 ? unit.slice(0, -1) : unit}`)
    .join(" ");
}

/** In words, as lists and names of tests have it: `approval answered`. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case "start":
      return "started";
    case "succeed":
      return `${callbackText(action.callback)} answered`;
    case "fail":
      return `${callbackText(action.callback)} failed`;
    case "heartbeat":
      return `heartbeat of ${callbackText(action.callback)}`;
    case "advance":
      return `${durationText(action.ms)} later`;
    case "advance-to":
      return `time turned to ${action.at}`;
    case "complete":
      return "run to completion";
    case "kill":
      return "invocation killed";
    case "stop":
      return "stopped";
    case "fork":
      return "forked";
  }
}

function callbackText(callback: CallbackAddress): string {
  if ("id" in callback) return "a callback without a name";
  return callback.index === undefined ? callback.name : `${callback.name}[${callback.index}]`;
}
