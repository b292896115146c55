import { drawPoint } from "./draw-row.ts";
import { apart, type Drawing, isInView } from "./drawing.ts";
import { FONT_SIZE, SMALL_FONT_SIZE } from "./geometry.ts";
import { glyph } from "./glyphs.ts";
import { element, escape, round, titled } from "./markup.ts";
import type { InvocationBar, Point } from "./picture.ts";
import { fitText, textWidth } from "./text-width.ts";

/** A lane above those of the operations. */
export interface Lane {
  readonly name: "handler" | "outside world" | "effects";
  /** From the upper edge of the first one. */
  readonly top: number;
  readonly middle: number;
}

/** The lanes that a picture has: what never happened has none. */
export function lanesOf({ picture, geometry }: Pick<Drawing, "picture" | "geometry">): {
  readonly lanes: readonly Lane[];
  readonly height: number;
} {
  const names: readonly Lane["name"][] = [
    "handler",
    ...(picture.world.length > 0 ? (["outside world"] as const) : []),
    ...(picture.effects.length > 0 ? (["effects"] as const) : []),
  ];
  const { rowHeight, middle } = geometry;
  const lanes = names.map((name, index): Lane => ({
    name,
    top: index * rowHeight,
    middle: index * rowHeight + middle,
  }));
  return { lanes, height: names.length * rowHeight };
}

/** A lane with all that is in it. */
export function drawLane(drawing: Drawing, lane: Lane): string {
  return laneLabel(drawing, lane) + laneMarks(drawing, lane);
}

export function laneLabel({ geometry }: Drawing, { name, top, middle }: Lane): string {
  const y = geometry.labels === "above" ? top + 12 : middle + 4;
  return element("text", { x: 16, y, class: "dt-strong" }, name);
}

export function laneMarks(drawing: Drawing, lane: Lane): string {
  const { picture } = drawing;
  switch (lane.name) {
    case "handler":
      return drawHandler(drawing, lane);
    case "outside world":
      return drawPoints(drawing, picture.world, lane);
    case "effects":
      return drawPoints(drawing, picture.effects, lane);
  }
}

function drawHandler(drawing: Drawing, { middle }: Lane): string {
  const { picture, geometry } = drawing;
  const isApart = apart();
  return picture.invocations
    .flatMap((invocation, index) => {
      const next = picture.invocations[index + 1];
      const until = geometry.x(next?.from ?? picture.end);
      const from = geometry.x(invocation.from);
      return isInView(drawing, from, until) && isApart(from)
        ? [drawInvocation(drawing, invocation, middle, until)]
        : [];
    })
    .join("");
}

function drawInvocation(
  drawing: Drawing,
  invocation: InvocationBar,
  middle: number,
  until: number,
): string {
  const { geometry, picture } = drawing;
  const from = geometry.x(invocation.from);
  const to = Math.max(geometry.x(invocation.to), from + 6);
  const { number, status } = invocation;
  const label = [`invocation ${number}`, String(number)].find(
    (text) => textWidth(text, SMALL_FONT_SIZE) <= to - from - 6,
  );
  const ends = invocationEnd(invocation);
  const isLast = number === picture.invocations.length;
  const rest = until - to - 20;
  const word =
    isLast && picture.status === "PENDING" && status === "PENDING"
      ? "suspended, waits"
      : WORDS[status];
  const room = isLast ? geometry.width - to - 30 : rest;
  return titled(
    { "data-invocation": number, "data-status": status },
    invocation.title,
    element("rect", {
      x: from,
      y: middle - 8,
      width: to - from,
      height: 16,
      rx: 3,
      class:
        status === "DIED" || status === "FAILED" ? "dt-invocation dt-bad-line" : "dt-invocation",
      ...(status === "RUNNING" && { "stroke-dasharray": "5 3" }),
    }),
    label === undefined
      ? ""
      : element(
          "text",
          { x: (from + to) / 2, y: middle + 4, "text-anchor": "middle", class: "dt-small" },
          label,
        ),
    status === "PENDING" && until > to
      ? element("path", { d: `M${round(to)} ${middle}H${round(until)}`, class: "dt-ahead" })
      : "",
    ends === undefined
      ? ""
      : element("g", { transform: `translate(${round(to + 10)} ${middle})` }, glyph(ends)),
    textWidth(word, SMALL_FONT_SIZE) <= room && word !== ""
      ? element(
          "text",
          {
            x: to + 20,
            y: middle + 4,
            class: `dt-small dt-halo ${status === "DIED" || status === "FAILED" ? "dt-bad" : "dt-quiet"}`,
          },
          escape(
            status === "DIED" || status === "FAILED"
              ? fitText(invocation.ending, SMALL_FONT_SIZE, room)
              : word,
          ),
        )
      : "",
    ...invocation.notices.map((notice) => drawPoint(drawing, notice, middle - 8)),
  );
}

const WORDS: Readonly<Record<InvocationBar["status"], string>> = {
  PENDING: "suspended",
  SUCCEEDED: "returned",
  FAILED: "threw",
  DIED: "died",
  RUNNING: "",
};

function invocationEnd({ status }: InvocationBar): Parameters<typeof glyph>[0] | undefined {
  switch (status) {
    case "PENDING":
      return "suspended";
    case "SUCCEEDED":
      return "succeeded";
    case "FAILED":
      return "failed";
    case "DIED":
      return "died";
    case "RUNNING":
      return undefined;
  }
}

/** Marks, with what they say wherever the next one leaves room for it. */
function drawPoints(drawing: Drawing, points: readonly Point[], { middle }: Lane): string {
  const { geometry } = drawing;
  const isApart = apart();
  return points
    .map((point, index) => {
      const x = geometry.x(point.at);
      const next = points[index + 1];
      const room = (next === undefined ? geometry.width : geometry.x(next.at)) - x - 20;
      if (!isInView(drawing, x - 10, x + room) || !isApart(x)) return "";
      const { label = "" } = point;
      const text =
        room < Math.min(30, textWidth(label, FONT_SIZE)) ? "" : fitText(label, FONT_SIZE, room);
      return [
        element(
          "g",
          { ...(point.operation !== undefined && { "data-of": point.operation }) },
          drawPoint(drawing, point, middle),
          text === ""
            ? ""
            : element(
                "text",
                { x: x + 10, y: middle + 4, class: "dt-small dt-quiet dt-halo" },
                escape(text),
              ),
        ),
      ].join("");
    })
    .join("");
}
