import { formatLength } from "../print/offset.ts";
import type { Picture, Position } from "./picture.ts";
import { textWidth } from "./text-width.ts";

/** Time that passes between two moments. */
interface Gap {
  /** In pixels. */
  readonly from: number;
  readonly to: number;
  /** `2d 00h 00m 00s` */
  readonly length: string;
  /** Narrower than it would be by the scale of the others. */
  readonly isBroken: boolean;
  readonly isAhead: boolean;
}

/** How a picture lies on the page. All in pixels. */
export interface Geometry {
  /** Where the names of operations stand: left of the time, or, where there is no room, above each. */
  readonly labels: "beside" | "above";
  /** Where the time begins. */
  readonly left: number;
  /** Where the last column ends. */
  readonly right: number;
  readonly width: number;
  readonly rowHeight: number;
  /** From the upper edge of a row to the middle of its bars. */
  readonly middle: number;
  /** The width of a column. */
  readonly tick: number;
  readonly gaps: readonly Gap[];
  x(position: Position): number;
}

export const FONT_SIZE = 12;
export const SMALL_FONT_SIZE = 10.5;
/** By how much the operations in an operation are set in. */
export const INDENT = 14;

const MARGIN = 16;
const NARROW_PAGE = 640;
/** Of the widest page, for names. */
const LABELS = { least: 120, most: 300 };
const TICK = { least: 7, most: 30, usual: 22 };
/** A gap of the usual length is so wide, and none is narrower or wider than that; all of them have that share. */
const GAP = { least: 26, usual: 56, most: 96, share: 0.42 };
/** Right of the last column, for what became of the last operations. */
const ROOM_AT_THE_END = 0.22;

/**
 * Lays a picture out.
 *
 * @param width - of the page; the picture may need more.
 * @param zoom - how much wider than what fits.
 */
export function geometryOf(
  picture: Picture,
  {
    width,
    zoom = 1,
    left: fixedLeft,
  }: { readonly width: number; readonly zoom?: number; readonly left?: number },
): Geometry {
  const labels = width < NARROW_PAGE ? "above" : "beside";
  const left = fixedLeft ?? (labels === "above" ? MARGIN : MARGIN + labelsWidth(picture, width));
  const gaps = gapWidths(picture, (width - left) * GAP.share);
  const gapsWidth = gaps.reduce((sum, { px }) => sum + px, 0);
  const room = (width - left) * (1 - ROOM_AT_THE_END) - MARGIN - gapsWidth;
  const tick = Math.min(TICK.most, Math.max(TICK.least, room / picture.columns)) * zoom;

  const starts: number[] = [];
  const drawn: Gap[] = [];
  let at = left;
  for (let column = 0, next = 0; column < picture.columns; column += 1) {
    const gap = gaps[next];
    if (gap?.column === column) {
      const to = at + gap.px * zoom;
      drawn.push({
        from: at,
        to,
        length: formatLength(gap.ms),
        isBroken: gap.isBroken,
        isAhead: gap.isAhead,
      });
      at = to;
      next += 1;
    }
    starts.push(at);
    at += tick;
  }
  const right = at;
  return {
    labels,
    left,
    right,
    width: Math.max(width, right + MARGIN),
    rowHeight: labels === "above" ? 38 : 26,
    middle: labels === "above" ? 25 : 13,
    tick,
    gaps: drawn,
    x(position) {
      const column = Math.min(Math.floor(position), starts.length - 1);
      const from = starts[column] ?? left;
      const to = starts[column + 1] ?? right;
      const part = position - column;
      // The first half is the column itself, the second the time until the next one.
      if (part <= 0.5) return from + part * tick;
      const half = from + tick / 2;
      return half + (part - 0.5) * 2 * (to - half);
    },
  };
}

function labelsWidth({ rows }: Picture, width: number): number {
  const widest = rows.reduce(
    (most, { label, depth }) => Math.max(most, textWidth(label, FONT_SIZE) + depth * INDENT),
    0,
  );
  const most = Math.min(LABELS.most, width * 0.3);
  return Math.min(most, Math.max(LABELS.least, widest + 24));
}

interface GapWidth {
  /** The column that it stands before. */
  readonly column: number;
  readonly ms: number;
  readonly px: number;
  readonly isBroken: boolean;
  readonly isAhead: boolean;
}

/**
 * Gaps are to scale among each other, where that is neither too narrow to see nor too wide to look at.
 *
 * @param room - for all of them, if they can be so narrow.
 */
function gapWidths({ instants }: Picture, room: number): readonly GapWidth[] {
  const gaps = instants.flatMap(({ at, from, isAhead }, index) => {
    const before = instants[index - 1];
    return before === undefined ? [] : [{ column: from, ms: at - before.at, isAhead }];
  });
  const lengths = gaps.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const usual = lengths[Math.floor((lengths.length - 1) / 2)] ?? 1;
  const wanted = gaps.map((gap) => {
    const px = (gap.ms / usual) * GAP.usual;
    const isBroken = px > GAP.most;
    return { ...gap, px: isBroken ? GAP.most : Math.max(GAP.least, px), isBroken };
  });
  const more = wanted.reduce((sum, { px }) => sum + px - GAP.least, 0);
  const share = Math.max(0, Math.min(1, (room - GAP.least * gaps.length) / Math.max(more, 1)));
  return wanted.map((gap) => ({ ...gap, px: GAP.least + (gap.px - GAP.least) * share }));
}
