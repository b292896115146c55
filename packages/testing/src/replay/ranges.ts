import type { EventRange } from "../errors.ts";

/** Ranges of events, in order, those that touch made one. */
export class Ranges {
  readonly #ranges: { readonly from: number; readonly to: number }[] = [];

  add(from: number, to: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && from <= last.to + 1) {
      this.#ranges[this.#ranges.length - 1] = { from: last.from, to: Math.max(to, last.to) };
    } else {
      this.#ranges.push({ from, to });
    }
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** @param last - the last event there is; a range that reaches it has no end. */
  upTo(last: number): readonly EventRange[] {
    return this.#ranges.map(({ from, to }) => (to >= last ? { from } : { from, to }));
  }
}

/** `events 3 to 7, and from event 9 on`. */
export function rangesText(ranges: readonly EventRange[]): string {
  return ranges
    .map(({ from, to }) =>
      to === undefined
        ? `from event ${from} on`
        : from === to
          ? `at event ${from}`
          : `from event ${from} to event ${to}`,
    )
    .join(", and ");
}
