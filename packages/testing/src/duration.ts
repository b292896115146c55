import type { Duration } from "@durabletest/runtime";

/**
 * A length of virtual time: what handlers use, and milliseconds as well. Zero is fine: it means going on
 * as far as possible without time passing.
 */
export type HarnessDuration = Duration | (Partial<Record<HandlerUnit, number>> & Milliseconds);

type HandlerUnit = "days" | "hours" | "minutes" | "seconds";

interface Milliseconds {
  readonly milliseconds: number;
}
