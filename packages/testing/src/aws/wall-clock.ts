import { unfaked } from "../surroundings/natives.ts";

/**
 * The time on the wall, in epoch milliseconds: what `Date.now()` gives where nobody has replaced it.
 *
 * Executions of this module live in the present, as they do in AWS's: its users compare their timestamps
 * with the clock of their tests.
 */
export function wallNow(): number {
  const RealDate = unfaked(Date, "Date");
  return RealDate.now();
}
