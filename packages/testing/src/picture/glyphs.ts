import type { PointKind } from "./picture.ts";
import { element } from "./markup.ts";

/**
 * What stands for what: told apart by shape, and by colour besides. Each is drawn around 0, 0 and is about 12 pixels
 * wide.
 */
export function glyph(kind: PointKind | "died" | "suspended" | "replay" | "here"): string {
  switch (kind) {
    case "succeeded":
      return `${disc("dt-good")}${line("M-3 .2l2.2 2.3L3.2-2.4", "dt-on")}`;
    case "failed":
      return `${path("M-2.6-6.2h5.2L6.2-2.6v5.2L2.6 6.2h-5.2L-6.2 2.6v-5.2z", "dt-bad-fill")}${line("M-2.4-2.4l4.8 4.8M2.4-2.4l-4.8 4.8", "dt-on")}`;
    case "timed-out":
      return `${path("M0-6a6 6 0 1 1 0 12a6 6 0 1 1 0-12z", "dt-hollow dt-bad-line")}${line("M0-3.6V0l2.6 1.8", "dt-bad-line")}`;
    case "cancelled":
      return `${path("M0-6a6 6 0 1 1 0 12a6 6 0 1 1 0-12z", "dt-hollow dt-quiet-line")}${line("M-3 0h6", "dt-quiet-line")}`;
    case "stopped":
      return `${path("M-5-5h10v10h-10z", "dt-hollow dt-bad-line")}${path("M-2-2h4v4h-4z", "dt-bad-fill")}`;
    case "success":
      return path("M0-5.5L5.5 4.5h-11z", "dt-world-fill");
    case "failure":
      return path("M0 5.5L5.5-4.5h-11z", "dt-hollow dt-bad-line");
    case "heartbeat":
      return line("M-6 0h2.5l1.6-4.5L.6 4.5 2.4 0H6", "dt-world-line");
    case "ignored":
      return `${path("M0-5.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11z", "dt-hollow dt-quiet-line")}${line("M-4 4L4-4", "dt-quiet-line")}`;
    case "effect":
      return path("M0-6L5 0 0 6-5 0z", "dt-effect");
    case "deadline":
      return `${line("M0-7V7", "dt-quiet-line")}${path("M0-7h6l-1.8 2.5L6-2H0z", "dt-quiet-fill")}`;
    case "notice":
      return `${path("M0-6L6.5 5.5h-13z", "dt-hollow dt-warning-line")}${line("M0-2.2v3.6M0 3.4v.4", "dt-warning-line")}`;
    case "died":
      return path("M1.5-8L-5 1.2h3.6L-2 8 5-1.6H1.2z", "dt-bad-fill");
    case "suspended":
      return `${path("M-4-4.5h2.6v9H-4z", "dt-quiet-fill")}${path("M1.4-4.5H4v9H1.4z", "dt-quiet-fill")}`;
    case "replay":
      return path("M-4.5-3.5h9v7h-9z", "dt-replay");
    case "here":
      return `${path("M0-6a6 6 0 1 1 0 12a6 6 0 1 1 0-12z", "dt-hollow dt-ink-line")}${path("M0-2.4a2.4 2.4 0 1 1 0 4.8a2.4 2.4 0 1 1 0-4.8z", "dt-ink-fill")}`;
  }
}

function disc(className: string): string {
  return element("circle", { r: 6.2, class: className });
}

function path(d: string, className: string): string {
  return element("path", { d, class: className });
}

function line(d: string, className: string): string {
  return element("path", { d, class: `dt-line ${className}` });
}
