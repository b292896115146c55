import { SMALL_FONT_SIZE } from "./geometry.ts";
import { glyph } from "./glyphs.ts";
import { element, escape, round } from "./markup.ts";
import type { Picture } from "./picture.ts";
import { textWidth } from "./text-width.ts";

const LINE = 20;

/** What the marks mean that there are. */
export function drawLegend(
  picture: Picture,
  prefix: string,
  { top, width }: { readonly top: number; readonly width: number },
): { readonly markup: string; readonly height: number } {
  let x = 16;
  let y = top;
  const parts: string[] = [];
  for (const [mark, text] of entriesOf(picture, prefix)) {
    const size = 26 + textWidth(text, SMALL_FONT_SIZE) + 14;
    if (x > 16 && x + size > width) {
      x = 16;
      y += LINE;
    }
    parts.push(
      element(
        "g",
        { transform: `translate(${round(x)} ${round(y)})` },
        element("g", { transform: "translate(9 10)" }, mark),
        element("text", { x: 26, y: 14, class: "dt-small dt-quiet" }, escape(text)),
      ),
    );
    x += size;
  }
  return { markup: parts.join(""), height: y - top + LINE };
}

function entriesOf(
  picture: Picture,
  prefix: string,
): readonly (readonly [mark: string, text: string])[] {
  const { rows, invocations, world, effects } = picture;
  const bars = rows.flatMap((row) => row.bars);
  const points = [...rows.flatMap((row) => row.points), ...world, ...effects];
  const statuses = new Set(invocations.map(({ status }) => status));
  const bar = (attributes: Readonly<Record<string, string>>): string =>
    element("rect", { x: -9, y: -5, width: 20, height: 10, rx: 2.5, ...attributes });
  const line = (className: string): string => element("path", { d: "M-9 0H11", class: className });
  const has = (kind: string): boolean => points.some((point) => point.kind === kind);
  const all: readonly (readonly [isThere: boolean, mark: string, text: string])[] = [
    [
      bars.some(({ kind }) => kind === "attempt"),
      bar({ class: "dt-attempt" }),
      "step: its function runs",
    ],
    [
      bars.some(({ kind, end }) => kind === "attempt" && (end === "failed" || end === "cut")),
      bar({ class: "dt-attempt dt-failed", fill: "none" }) +
        bar({ fill: `url(#${prefix}-failed)` }),
      "attempt that failed",
    ],
    [bars.some(({ kind }) => kind === "retry"), line("dt-retry"), "until the next attempt"],
    [bars.some(({ kind }) => kind === "idle"), line("dt-idle"), "step that no invocation runs"],
    [
      rows.some(({ type }) => type === "CALLBACK" || type === "CHAINED_INVOKE"),
      bar({ class: "dt-open" }),
      "callback or invoke: somebody else's turn",
    ],
    [
      rows.some(({ type }) => type === "WAIT"),
      bar({ class: "dt-wait", fill: `url(#${prefix}-wait)` }),
      "wait",
    ],
    [
      rows.some(({ type }) => type === "CONTEXT"),
      element("path", { d: "M-9 5V0H11V5", class: "dt-context" }),
      "around other operations",
    ],
    [rows.some(({ replayedIn }) => replayedIn !== undefined), glyph("replay"), "replayed"],
    [statuses.has("PENDING"), glyph("suspended"), "suspended"],
    [statuses.has("DIED"), glyph("died"), "the invocation died"],
    [has("success"), glyph("success"), "success from outside"],
    [has("failure"), glyph("failure"), "failure from outside"],
    [has("heartbeat"), glyph("heartbeat"), "heartbeat"],
    [has("ignored"), glyph("ignored"), "too late: ignored"],
    [has("effect"), glyph("effect"), "effect"],
    [has("deadline"), glyph("deadline"), "deadline"],
    [has("timed-out"), glyph("timed-out"), "timed out"],
    [has("notice"), glyph("notice"), "notice"],
    [picture.status === "PENDING", glyph("here"), "where the handler stands"],
  ];
  return all.flatMap(([isThere, mark, text]) => (isThere ? [[mark, text] as const] : []));
}
