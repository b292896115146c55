/** The handlers that faults are tried on: what each must come to. `bodies.ts` has what they do. */

export interface HandlerSpec {
  /** What the execution may come to; the first is what it comes to without faults. */
  readonly results: readonly string[];
  /** Effects of bodies that run at least once. */
  readonly atLeastOnce: readonly string[];
  /** Effects of bodies that run at most once. */
  readonly atMostOnce: readonly string[];
  /** How often each body runs without faults. Default: once. */
  readonly attempts?: number;
  /** How many operations the service gives at a time. Default: as many as it gives by itself. */
  readonly pageItems?: number;
}

/** What an at-most-once step comes to whose body an invocation's death may have interrupted. */
export const INTERRUPTED = "interrupted";

/** Characters. Lambda carries 6 MB in an answer; such a result is checkpointed before. */
export const LARGE = 6_500_000;

/** A result as it is compared: of a large one, how large it is. */
export function brief(result: string): string {
  return result.length < 1000 ? result : `${result.length} characters`;
}

export const ITEMS: readonly string[] = ["a", "b", "c", "d", "e"];

const specs = {
  step: { results: ["work"], atLeastOnce: ["work"], atMostOnce: [] },
  "at-most-once": { results: ["charge", INTERRUPTED], atLeastOnce: [], atMostOnce: ["charge"] },
  "step-wait-step": {
    results: ["before, after"],
    atLeastOnce: ["before", "after"],
    atMostOnce: [],
  },
  callback: { results: ["approved: yes"], atLeastOnce: ["submit"], atMostOnce: [] },
  parallel: { results: ["a, b, c"], atLeastOnce: ["a", "b", "c"], atMostOnce: [] },
  map: { results: [ITEMS.join(", ")], atLeastOnce: ITEMS, atMostOnce: [] },
  retry: { results: ["third time"], atLeastOnce: ["try"], atMostOnce: [], attempts: 3 },
  child: { results: ["outer, inner"], atLeastOnce: ["outer", "inner"], atMostOnce: [] },
  pages: {
    results: ["first, second, third"],
    atLeastOnce: ["first", "second", "third"],
    atMostOnce: [],
    pageItems: 1,
  },
  large: { results: [brief("x".repeat(LARGE))], atLeastOnce: ["work"], atMostOnce: [] },
} as const satisfies Readonly<Record<string, HandlerSpec>>;

export type HandlerName = keyof typeof specs;

export const handlerSpecs: Readonly<Record<HandlerName, HandlerSpec>> = specs;

export const HANDLER_NAMES: readonly HandlerName[] = Object.keys(specs) as HandlerName[];

export function isHandlerName(text: string): text is HandlerName {
  return Object.hasOwn(specs, text);
}
