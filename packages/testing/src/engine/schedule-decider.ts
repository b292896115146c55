import type { Schedule } from "../schedule.ts";
import type { Decider, DecisionPoint, Decisions } from "./decided-choices.ts";

/**
 * Decides as a schedule says.
 *
 * Owns: which of its decisions nobody has asked for yet.
 */
export class ScheduleDecider implements Decider {
  readonly #schedule: Schedule;
  readonly #asked = new Set<string>();

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  decide<Kind extends keyof Decisions>({
    id,
  }: Extract<DecisionPoint, { readonly kind: Kind }>): Decisions[Kind] | undefined {
    if (!this.#schedule.has(id)) return undefined;
    this.#asked.add(id);
    // A text whose checksum fits is one that was written.
    return this.#schedule.get(id) as Decisions[Kind];
  }

  get unasked(): readonly string[] {
    return [...this.#schedule.keys()].filter((id) => !this.#asked.has(id));
  }
}
