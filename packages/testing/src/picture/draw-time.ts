import { apart, type Drawing, isInView } from "./drawing.ts";
import { SMALL_FONT_SIZE } from "./geometry.ts";
import { element, escape, round, titled } from "./markup.ts";
import { textWidth } from "./text-width.ts";

/** How high the axis of time is. */
export const AXIS_HEIGHT = 40;
const LINE = 24;

/** The axis of time: thick where things happen, thin where time passes, broken where more of it passes than is shown. */
export function drawAxis(drawing: Drawing): string {
  const { geometry, picture } = drawing;
  const parts: string[] = [];
  const end = picture.instants.findLast(({ from }) => from <= picture.end);
  const endsAt = geometry.x(end?.from ?? 0);
  const isApart = apart();
  const isGapApart = apart();
  let free = -Infinity;
  for (const [index, instant] of picture.instants.entries()) {
    const from = geometry.x(instant.from);
    const next = picture.instants[index + 1]?.from ?? picture.columns;
    const to = geometry.x(next - 1) + geometry.tick * 0.5;
    if (!isInView(drawing, from - 80, to + 80) || !isApart(to)) continue;
    const isNow = picture.status === "PENDING" && next - 1 === picture.end;
    const text = isNow ? `${short(instant.offset)} now` : short(instant.offset);
    const width = textWidth(text, SMALL_FONT_SIZE);
    // The last one is worth more than those before it.
    const isInTheWay = instant !== end && from < endsAt && from + width + 10 > endsAt;
    const isShown = from >= free && !isInTheWay;
    if (isShown) free = from + width + 10;
    parts.push(
      titled(
        { "data-instant": instant.at },
        instant.isAhead ? `${instant.offset}, still to come` : instant.offset,
        element("path", {
          d: `M${round(from)} ${LINE}H${round(to)}`,
          class: instant.isAhead ? "dt-ahead" : "dt-moment",
        }),
        isShown
          ? element(
              "text",
              {
                x: Math.min(from - 1, geometry.width - width - 4),
                y: LINE - 9,
                class: instant.isAhead ? "dt-small dt-quiet" : "dt-small",
              },
              escape(text),
            )
          : "",
      ),
    );
  }
  for (const gap of geometry.gaps) {
    if (!isInView(drawing, gap.from, gap.to) || !isGapApart(gap.to)) continue;
    const from = gap.from - geometry.tick * 0.5;
    const middle = (from + gap.to) / 2;
    const length = short(gap.length);
    const fits = textWidth(length, SMALL_FONT_SIZE) <= gap.to - from - 4;
    parts.push(
      titled(
        { "data-gap": gap.isBroken ? "broken" : "whole" },
        `${gap.length} pass${gap.isBroken ? ", not to scale" : ""}`,
        element("path", {
          d: gap.isBroken
            ? `M${round(from)} ${LINE}H${round(middle - 5)}M${round(middle + 5)} ${LINE}H${round(gap.to)}`
            : `M${round(from)} ${LINE}H${round(gap.to)}`,
          class: gap.isAhead ? "dt-ahead" : "dt-axis",
        }),
        gap.isBroken
          ? element("path", {
              d: `M${round(middle - 6)} ${LINE + 5}l5-10M${round(middle + 1)} ${LINE + 5}l5-10`,
              class: "dt-break",
            })
          : "",
        fits
          ? element(
              "text",
              { x: middle, y: LINE + 14, "text-anchor": "middle", class: "dt-small dt-quiet" },
              escape(length),
            )
          : "",
      ),
    );
  }
  return parts.join("");
}

/** As much of a time as says something: `+10h` for `+10h 00m 00s`. */
function short(time: string): string {
  return time.replace(/(?: 00[hms])+$/, "");
}

/** What stands behind the lanes: the invocations, the time between them, and where the execution stands. */
export function drawBackdrop(drawing: Drawing, top: number, bottom: number): string {
  const { geometry, picture } = drawing;
  const parts: string[] = [];
  const isApart = apart();
  for (const { from, to, status } of picture.invocations) {
    const left = geometry.x(from);
    const right = Math.max(geometry.x(to), left + 6);
    if (!isInView(drawing, left, right) || (!isApart(right) && status !== "DIED")) continue;
    parts.push(
      element("rect", {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
        class: "dt-band",
      }),
    );
    if (status === "DIED") {
      parts.push(element("path", { d: tear(right, top, bottom), class: "dt-crash" }));
    }
  }
  for (const gap of geometry.gaps) {
    if (!gap.isBroken || !isInView(drawing, gap.from, gap.to)) continue;
    const middle = (gap.from - geometry.tick * 0.5 + gap.to) / 2;
    parts.push(
      element("path", {
        d: `M${round(middle - 3)} ${top}V${bottom}M${round(middle + 3)} ${top}V${bottom}`,
        class: "dt-rule",
        "stroke-dasharray": "2 3",
      }),
    );
  }
  if (picture.status === "PENDING") {
    const x = round(geometry.x(picture.end));
    parts.push(
      titled(
        { "data-now": "" },
        "now",
        element("path", { d: `M${x} ${top}V${bottom}`, class: "dt-now" }),
      ),
    );
  }
  return parts.join("");
}

function tear(x: number, top: number, bottom: number): string {
  let d = `M${round(x)} ${round(top)}`;
  for (let y = top, side = 1; y < bottom; y += 6, side = -side)
    d += `l${3 * side} 3l${-3 * side} 3`;
  return d;
}
