/**
 * When it was what time: what Node has stamped with real time, read in virtual time.
 *
 * Owns: the last jumps of an execution's clock. Between two of them virtual time stands still.
 */
const kept = 1000;

export class ClockHistory {
  /** A real and a virtual time in turn, in the order in which they came: there are many executions. */
  readonly #jumps: number[] = [];

  record(real: number, virtual: number): void {
    if (this.#jumps.at(-1) === virtual) return;
    if (this.#jumps.length >= 4 * kept) this.#jumps.splice(0, 2 * kept);
    this.#jumps.push(real, virtual);
  }

  /** What the execution's clock showed at a real time; the oldest time known for what is before it. */
  virtualAt(real: number): number | undefined {
    const jumps = this.#jumps;
    let [low, high] = [0, jumps.length / 2];
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = jumps[2 * middle];
      if (at !== undefined && at <= real) low = middle + 1;
      else high = middle;
    }
    return jumps[2 * Math.max(0, low - 1) + 1];
  }
}
