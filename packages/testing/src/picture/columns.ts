import type { Instant, Position } from "./picture.ts";

/** Something that is to get a place. */
export interface Placeable {
  /** Virtual milliseconds since the start. */
  readonly at: number;
  /** What happens at once must be of one sort: only so does what starts stand after what has ended. */
  readonly sort: "start" | "end" | "moment" | "invocation-start" | "invocation-end";
  /** What it happens to: one thing at a time. */
  readonly subject: string;
}

/** How much of a column those in it are spread over, so that their order can be seen. */
const SPREAD = 0.45;

/** Where everything stands. */
export interface Columns {
  readonly count: number;
  readonly instants: readonly Omit<Instant, "offset">[];
  /** One for each thing that was to get a place. */
  readonly positions: readonly Position[];
  /** Where a moment is, between those at which something happens as well. */
  readonly positionAt: (at: number) => Position;
}

/**
 * Gives things columns, from the left to the right in their order.
 *
 * Two things share a column when they are at the same time, of the same sort, and of two subjects: so operations that
 * went on side by side are seen to overlap, and those that followed each other are not.
 *
 * @param things - in order.
 * @param now - milliseconds since the start; everything later is ahead.
 * @param ahead - moments that are still to come.
 */
export function arrangeColumns(
  things: readonly Placeable[],
  now: number,
  ahead: readonly number[],
): Columns {
  const instants: Omit<Instant, "offset">[] = [];
  const places: { readonly column: number; readonly index: number }[] = [];
  const sizes: number[] = [];
  let sort: Placeable["sort"] | undefined;
  let subjects = new Set<string>();
  const open = (at: number, isAhead: boolean): void => {
    if ((instants.at(-1)?.at ?? -1) < at) instants.push({ at, from: sizes.length, isAhead });
    sizes.push(0);
  };
  for (const thing of things) {
    // Time does not go back, whatever was written down when.
    const at = Math.max(thing.at, instants.at(-1)?.at ?? 0);
    const isNew = at > (instants.at(-1)?.at ?? -1) || thing.sort !== sort;
    if (isNew || subjects.has(thing.subject)) {
      open(at, false);
      subjects = new Set();
    }
    ({ sort } = thing);
    subjects.add(thing.subject);
    const column = sizes.length - 1;
    const index = sizes[column] ?? 0;
    places.push({ column, index });
    sizes[column] = index + 1;
  }
  // The last column is where the execution stands.
  open(Math.max(now, instants.at(-1)?.at ?? 0), false);
  for (const at of [...new Set(ahead)].toSorted((a, b) => a - b)) {
    if (at > (instants.at(-1)?.at ?? 0)) open(at, true);
  }
  return {
    count: sizes.length,
    instants,
    positions: places.map(
      ({ column, index }) => column + (SPREAD * index) / Math.max(sizes[column] ?? 1, 1),
    ),
    positionAt(at) {
      const next = instants.findIndex((instant) => instant.at > at);
      const before = instants.at(next === -1 ? -1 : next - 1);
      const after = next === -1 ? undefined : instants[next];
      if (before === undefined || after === undefined || next === 0) {
        return next === 0 ? 0 : sizes.length - 1;
      }
      if (before.at === at) return before.from;
      // The second half of a column is the time until the next one.
      return after.from - 0.5 + (0.5 * (at - before.at)) / (after.at - before.at);
    },
  };
}
