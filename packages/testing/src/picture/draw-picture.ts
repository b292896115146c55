import { drawLane, lanesOf } from "./draw-lanes.ts";
import { drawRow } from "./draw-row.ts";
import { AXIS_HEIGHT, drawAxis, drawBackdrop } from "./draw-time.ts";
import { type Drawing, patterns } from "./drawing.ts";
import { geometryOf } from "./geometry.ts";
import { drawLegend } from "./legend.ts";
import { element, escape, round } from "./markup.ts";
import type { Picture } from "./picture.ts";
import { pictureStyle } from "./style.ts";
import { fitText } from "./text-width.ts";

const SCOPE = "durabletest-timeline";
const HEAD = 30;
const LINE = 18;

/** The whole picture, as a document of SVG. */
export function drawPicture(
  picture: Picture,
  { width, theme }: { readonly width: number; readonly theme: "auto" | "light" | "dark" },
): string {
  const geometry = geometryOf(picture, { width });
  // Of one page, two pictures that differ have patterns of their own.
  const prefix = `dt-${hash(JSON.stringify(picture))}`;
  const drawing: Drawing = { picture, geometry, prefix, view: { from: 0, to: geometry.width } };
  const { lanes, height: lanesHeight } = lanesOf(drawing);
  const lines = [picture.input, picture.outcome].filter((line) => line !== "");
  const axisTop = HEAD + lines.length * LINE + 6;
  const lanesTop = axisTop + AXIS_HEIGHT;
  const rowsTop = lanesTop + lanesHeight + 6;
  const rowsBottom = rowsTop + picture.rows.length * geometry.rowHeight;
  const legend = drawLegend(picture, prefix, {
    top: rowsBottom + 12,
    width: Math.min(width, geometry.width),
  });
  const height = rowsBottom + legend.height + 24;
  const separator = (y: number): string =>
    element("path", { d: `M16 ${round(y)}H${round(geometry.width - 16)}`, class: "dt-rule" });
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${round(geometry.width)} ${round(height)}`,
      width: geometry.width,
      height,
      class: SCOPE,
      role: "graphics-document",
      "aria-label": `Execution: ${picture.heading}`,
    },
    element("title", {}, escape(`Execution: ${picture.heading}`)),
    element("style", {}, pictureStyle(`.${SCOPE}`, theme).replaceAll("<", "\\3c ")),
    patterns(prefix),
    element("rect", { width: geometry.width, height, class: "dt-page" }),
    element(
      "text",
      { x: 16, y: 24, class: `dt-heading ${isBad(picture) ? "dt-bad" : ""}` },
      escape(picture.heading),
    ),
    ...lines.map((line, index) =>
      element(
        "text",
        { x: 16, y: HEAD + 12 + index * LINE, class: "dt-code dt-quiet" },
        escape(fitText(line, 12.5, width - 32)),
      ),
    ),
    drawBackdrop(drawing, lanesTop, rowsBottom),
    element("g", { transform: `translate(0 ${round(axisTop)})` }, drawAxis(drawing)),
    element(
      "g",
      { transform: `translate(0 ${round(lanesTop)})` },
      ...lanes.map((lane) => drawLane(drawing, lane)),
    ),
    separator(rowsTop - 3),
    ...picture.rows.map((row, index) =>
      drawRow(drawing, row, rowsTop + index * geometry.rowHeight),
    ),
    separator(rowsBottom + 6),
    legend.markup,
  );
}

function isBad({ status }: Picture): boolean {
  return status === "FAILED" || status === "TIMED_OUT" || status === "STOPPED";
}

/** FNV-1a: the same for the same text, everywhere. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(36);
}
