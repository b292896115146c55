import { type Drawing, isInView } from "./drawing.ts";
import { FONT_SIZE, INDENT, SMALL_FONT_SIZE } from "./geometry.ts";
import { glyph } from "./glyphs.ts";
import { element, escape, round, titled } from "./markup.ts";
import type { Bar, OperationRow, Point } from "./picture.ts";
import { fitText, textWidth } from "./text-width.ts";

/** More replays than this in a row are drawn as one. */
const REPLAYS_SHOWN = 200;
const SHORTEST_SUMMARY = 70;
const GLYPH = 8;

/** One operation: its name, and what it did. */
export function drawRow(drawing: Drawing, row: OperationRow, top: number): string {
  return rowGroup(row, top, rowLabel(drawing, row) + rowMarks(drawing, row));
}

/** Holds what is drawn of an operation. */
export function rowGroup(row: OperationRow, top: number, markup: string): string {
  return titled(
    {
      role: "group",
      transform: `translate(0 ${round(top)})`,
      "data-operation": row.id,
      "data-type": row.type,
      "data-status": row.status,
    },
    row.title,
    markup,
  );
}

/** What an operation did. */
export function rowMarks(drawing: Drawing, row: OperationRow): string {
  const { middle } = drawing.geometry;
  return [
    drawReplays(drawing, row),
    ...row.bars.map((bar) => drawBar(drawing, bar, row)),
    ...row.points.map((point) => drawPoint(drawing, point, middle)),
    drawHere(drawing, row),
    drawSummary(drawing, row),
  ].join("");
}

/** Its name, set in under those around it. */
export function rowLabel({ geometry, view }: Drawing, { label, depth }: OperationRow): string {
  const { labels, left, rowHeight } = geometry;
  const x = 16 + depth * INDENT;
  const y = labels === "above" ? 12 : geometry.middle + 4;
  const room = (labels === "above" ? Math.min(view.to, geometry.width) : left) - x - 8;
  const text = fitText(label, FONT_SIZE, room);
  const split = nameStart(label);
  const guides = Array.from({ length: depth }, (_, level) =>
    element("path", { d: `M${round(20 + level * INDENT)} 0V${rowHeight}`, class: "dt-guide" }),
  );
  return [
    ...guides,
    element(
      "text",
      { x, y, class: labels === "above" ? "dt-halo" : undefined },
      element("tspan", { class: "dt-quiet" }, escape(text.slice(0, split))),
      element("tspan", { class: "dt-strong" }, escape(text.slice(split))),
    ),
  ].join("");
}

/** Where the name begins in `step "charge"`, in `step in items[2]`. */
function nameStart(label: string): number {
  const quote = label.indexOf('"');
  return quote === -1 ? label.lastIndexOf(" ") + 1 : quote;
}

function drawBar(drawing: Drawing, bar: Bar, row: OperationRow): string {
  const { geometry, prefix } = drawing;
  const { middle } = geometry;
  const from = geometry.x(bar.from);
  const to = Math.max(geometry.x(bar.to), from + 3);
  if (!isInView(drawing, from, to)) return "";
  const attributes = { "data-bar": bar.kind };
  const line = (className: string): string =>
    element("path", { d: `M${round(from)} ${middle}H${round(to)}`, class: className });
  switch (bar.kind) {
    case "retry":
    case "idle":
    case "ahead":
      return titled(attributes, bar.title, line(`dt-${bar.kind}`), barLabel(bar, from, to, middle));
    case "context": {
      const bracket = `M${round(from)} ${middle + 5}V${middle}H${round(to)}${bar.end === "open" ? "" : `V${middle + 5}`}`;
      return titled(attributes, bar.title, element("path", { d: bracket, class: "dt-context" }));
    }
    case "attempt": {
      const isBad = bar.end === "failed" || bar.end === "cut";
      return titled(
        attributes,
        bar.title,
        element("path", {
          d: barOutline(from, to, middle, 6, bar.end),
          class: isBad ? "dt-attempt dt-failed" : "dt-attempt",
        }),
        isBad
          ? element("path", {
              d: barOutline(from, to, middle, 6, bar.end),
              fill: `url(#${prefix}-failed)`,
            })
          : "",
      );
    }
    case "open": {
      const isWait = row.type === "WAIT";
      const outline = barOutline(from, to, middle, isWait ? 4 : 5.5, bar.end);
      return titled(
        attributes,
        bar.title,
        isWait
          ? element("path", { d: outline, class: "dt-wait", fill: `url(#${prefix}-wait)` })
          : element("path", { d: outline, class: "dt-open" }),
        row.type === "CHAINED_INVOKE"
          ? element("path", { d: invokeArrow(from, middle), class: "dt-open" })
          : "",
      );
    }
  }
}

/** Round where it began, and at its end as it ended: torn where it was cut off, without an edge while it is open. */
function barOutline(
  from: number,
  to: number,
  middle: number,
  half: number,
  end: Bar["end"],
): string {
  const top = middle - half;
  const bottom = middle + half;
  const radius = Math.min(3, (to - from) / 2);
  const start = `M${round(to - radius)} ${top}H${round(from + radius)}Q${round(from)} ${top} ${round(from)} ${round(top + radius)}V${round(bottom - radius)}Q${round(from)} ${bottom} ${round(from + radius)} ${bottom}H${round(to - radius)}`;
  switch (end) {
    case "cut":
      return `${start}L${round(to + 2)} ${round(middle + half / 2)}L${round(to - radius)} ${middle}L${round(to + 2)} ${round(middle - half / 2)}z`;
    case "open":
      return `${start}M${round(to - radius)} ${top}`;
    case "done":
    case "failed":
      return `${start}Q${round(to)} ${bottom} ${round(to)} ${round(bottom - radius)}V${round(top + radius)}Q${round(to)} ${top} ${round(to - radius)} ${top}z`;
  }
}

function invokeArrow(from: number, middle: number): string {
  return `M${round(from + 4)} ${middle - 3}l4 3l-4 3`;
}

function barLabel({ label }: Bar, from: number, to: number, middle: number): string {
  if (label === undefined || textWidth(label, SMALL_FONT_SIZE) > to - from - 8) return "";
  return element(
    "text",
    {
      x: (from + to) / 2,
      y: middle - 4,
      "text-anchor": "middle",
      class: "dt-small dt-quiet",
    },
    escape(label),
  );
}

/** A mark at a moment. */
export function drawPoint(drawing: Drawing, point: Point, middle: number): string {
  const isEnd = ENDS.has(point.kind);
  const x = drawing.geometry.x(point.at) + (isEnd ? GLYPH + 1 : 0);
  if (!isInView(drawing, x - GLYPH, x + GLYPH)) return "";
  return titled(
    { transform: `translate(${round(x)} ${middle})`, "data-point": point.kind },
    point.title,
    glyph(point.kind),
  );
}

const ENDS: ReadonlySet<string> = new Set([
  "succeeded",
  "failed",
  "timed-out",
  "cancelled",
  "stopped",
]);

/** Where the handler stands. */
function drawHere({ geometry, picture }: Drawing, row: OperationRow): string {
  if (picture.status !== "PENDING" || !isOpen(row) || row.type === "CONTEXT") return "";
  return titled(
    {
      transform: `translate(${round(geometry.x(picture.end))} ${geometry.middle})`,
      "data-point": "here",
    },
    `the handler stands here: ${row.summary}`,
    glyph("here"),
  );
}

function isOpen({ status }: OperationRow): boolean {
  return status === "STARTED" || status === "PENDING" || status === "READY";
}

/** The invocations in which it was only looked up. */
function drawReplays(drawing: Drawing, { replayedIn }: OperationRow): string {
  if (replayedIn === undefined) return "";
  const [first, last] = replayedIn;
  const { picture, geometry } = drawing;
  const { middle } = geometry;
  const title =
    first === last
      ? `replayed in invocation ${first}`
      : `replayed in invocations ${first} to ${last}`;
  const starts = picture.invocations.slice(first - 1, last).map(({ from }) => geometry.x(from));
  const d =
    starts.length > REPLAYS_SHOWN
      ? `M${round(starts[0] ?? 0)} ${middle}H${round(starts.at(-1) ?? 0)}`
      : starts
          .filter((x) => isInView(drawing, x, x + GLYPH))
          .map((x) => `M${round(x)} ${middle - 3.5}h8v7h-8z`)
          .join("");
  if (d === "") return "";
  return titled({ "data-point": "replay" }, title, element("path", { d, class: "dt-replay" }));
}

/** What became of it, where there is room: after its end, or after all that is drawn. */
function drawSummary(drawing: Drawing, row: OperationRow): string {
  const { geometry, picture, view } = drawing;
  if (row.summary === "") return "";
  const ahead = row.bars.at(-1)?.kind === "ahead" ? row.bars.at(-1) : undefined;
  const end = geometry.x(ahead?.to ?? row.to) + 2 * GLYPH + 4;
  const edge = Math.min(geometry.width, view.to) - 8;
  const [first = 1, last = 0] = row.replayedIn ?? [];
  const replays = picture.invocations.slice(first - 1, last);
  const nextReplay = replays[0] === undefined ? edge : geometry.x(replays[0].from) - 6;
  const lastReplay = replays.at(-1);
  const afterReplays = lastReplay === undefined ? end : geometry.x(lastReplay.from) + 14;
  const width = textWidth(row.summary, FONT_SIZE);
  const x =
    width <= nextReplay - end || nextReplay - end > edge - afterReplays ? end : afterReplays;
  const room = (x === end ? nextReplay : edge) - x;
  if (room < Math.min(SHORTEST_SUMMARY, width) || !isInView(drawing, x, x + room)) return "";
  const isBad = row.status === "FAILED" || row.status === "TIMED_OUT" || row.status === "STOPPED";
  return element(
    "text",
    { x, y: geometry.middle + 4, class: `dt-halo ${isBad ? "dt-bad" : "dt-quiet"}` },
    escape(fitText(row.summary, FONT_SIZE, room)),
  );
}
