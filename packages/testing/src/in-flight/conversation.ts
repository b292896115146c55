/**
 * The shape that waiting for an answer has, whoever it is that answers.
 *
 * Owns: how long silence means that more may come.
 */
import type { Work } from "./ledger.ts";
import { natives } from "../surroundings/natives.ts";

/** What may stay open for good counts for this long after its last sign of life. */
export const heldForMs = 1000;

/** Silence after an answer, until the answer counts as complete. */
const quietAfterAnswerMs = 100;

export interface Partner {
  readonly name: string;
  /** How much it has said so far: bytes, or messages. */
  readonly heard: () => number;
  /** Whether it can still say anything. */
  readonly isOpen: () => boolean;
  /** How long its first word is waited for. */
  readonly patienceMs: number;
}

/** Something was asked: pending until it has been answered, or nothing more can come. */
export function conversation({ name, heard, isOpen, patienceMs }: Partner): Work {
  const askedAt = natives.realNow();
  let heardBefore = heard();
  let answeredAt: number | undefined;
  return {
    name,
    status(now) {
      if (!isOpen()) return "over";
      const heardNow = heard();
      if (heardNow !== heardBefore) {
        heardBefore = heardNow;
        answeredAt = now;
      }
      const waited = answeredAt === undefined ? now - askedAt : now - answeredAt;
      return waited < (answeredAt === undefined ? patienceMs : quietAfterAnswerMs)
        ? "pending"
        : "over";
    },
  };
}
