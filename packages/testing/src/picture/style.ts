/** A colour in the light and in the dark. */
type Pair = readonly [light: string, dark: string];

const COLOURS: Readonly<Record<string, Pair>> = {
  page: ["#ffffff", "#14181d"],
  ink: ["#1f2328", "#e6ebf1"],
  quiet: ["#59636e", "#9aa5b1"],
  rule: ["#e4e8ed", "#262d35"],
  band: ["#eef3f9", "#1d2530"],
  edge: ["#b9c6d6", "#3b4a5c"],
  step: ["#0a63c9", "#5ba7ff"],
  open: ["#7440c8", "#b794f6"],
  wait: ["#8a6100", "#d9a93b"],
  context: ["#6b7683", "#8b96a3"],
  good: ["#157a3b", "#46c46f"],
  bad: ["#c21f2e", "#ff7b72"],
  world: ["#0b6e80", "#45c3d6"],
  effect: ["#a33d78", "#f08cc3"],
  warning: ["#8a6100", "#e0b040"],
};

/**
 * How a picture looks. A page that holds it may set each colour for itself, as `--durabletest-ink` and so on.
 *
 * @param scope - the class of the picture.
 */
export function pictureStyle(scope: string, theme: "auto" | "light" | "dark"): string {
  const colours = (index: 0 | 1): string =>
    Object.entries(COLOURS)
      .map(([name, pair]) => `--dt-${name}:var(--durabletest-${name},${pair[index]})`)
      .join(";");
  const light = `${scope}{color-scheme:${theme === "auto" ? "light dark" : theme};${colours(theme === "dark" ? 1 : 0)}}`;
  const dark =
    theme === "auto" ? `@media (prefers-color-scheme:dark){${scope}{${colours(1)}}}` : "";
  return `${light}${dark}${RULES.map(([selector, rule]) => `${scope} ${selector}{${rule}}`).join("")}`;
}

const RULES: readonly (readonly [selector: string, rule: string])[] = [
  [
    "text",
    "font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;fill:var(--dt-ink);white-space:pre",
  ],
  [".dt-page", "fill:var(--dt-page)"],
  [".dt-heading", "font-size:15px;font-weight:600"],
  [".dt-small", "font-size:10.5px"],
  [".dt-quiet", "fill:var(--dt-quiet)"],
  [".dt-strong", "font-weight:600"],
  [".dt-bad", "fill:var(--dt-bad)"],
  [
    ".dt-code",
    "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;font-size:11px",
  ],
  [".dt-rule", "stroke:var(--dt-rule);stroke-width:1"],
  [".dt-band", "fill:var(--dt-band)"],
  [".dt-edge", "stroke:var(--dt-edge);stroke-width:1;fill:none"],
  [".dt-crash", "stroke:var(--dt-bad);stroke-width:1.5;fill:none"],
  [".dt-break", "stroke:var(--dt-quiet);stroke-width:1.2;fill:none"],
  [".dt-axis", "stroke:var(--dt-quiet);stroke-width:1;fill:none"],
  [".dt-moment", "stroke:var(--dt-ink);stroke-width:3;stroke-linecap:round;fill:none"],
  [".dt-ahead", "stroke:var(--dt-quiet);stroke-width:1.2;stroke-dasharray:2 4;fill:none"],
  [".dt-now", "stroke:var(--dt-ink);stroke-width:1.2;stroke-dasharray:5 3;fill:none"],
  [".dt-line", "fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round"],
  [".dt-on", "stroke:var(--dt-page)"],
  [".dt-good", "fill:var(--dt-good)"],
  [".dt-bad-fill", "fill:var(--dt-bad)"],
  [".dt-bad-line", "stroke:var(--dt-bad);stroke-width:1.6"],
  [".dt-quiet-fill", "fill:var(--dt-quiet)"],
  [".dt-quiet-line", "stroke:var(--dt-quiet);stroke-width:1.5"],
  [".dt-ink-fill", "fill:var(--dt-ink)"],
  [".dt-ink-line", "stroke:var(--dt-ink);stroke-width:1.5"],
  [".dt-world-fill", "fill:var(--dt-world)"],
  [".dt-world-line", "stroke:var(--dt-world)"],
  [".dt-warning-line", "stroke:var(--dt-warning);stroke-width:1.5"],
  [".dt-effect", "fill:var(--dt-effect);stroke:var(--dt-page);stroke-width:1.2"],
  [".dt-hollow", "fill:var(--dt-page)"],
  [".dt-invocation", "fill:var(--dt-page);stroke:var(--dt-ink);stroke-width:1.3"],
  [".dt-attempt", "fill:var(--dt-step);stroke:var(--dt-step);stroke-width:1.2"],
  [".dt-attempt.dt-failed", "stroke:var(--dt-bad)"],
  [
    ".dt-retry",
    "stroke:var(--dt-step);stroke-width:1.6;stroke-dasharray:1.5 3.5;stroke-linecap:round;fill:none",
  ],
  [".dt-idle", "stroke:var(--dt-step);stroke-width:1.2;stroke-dasharray:6 3;fill:none"],
  [".dt-open", "fill:var(--dt-page);stroke:var(--dt-open);stroke-width:1.5"],
  [".dt-wait", "stroke:var(--dt-wait);stroke-width:1.2"],
  [".dt-context", "stroke:var(--dt-context);stroke-width:2;fill:none"],
  [".dt-guide", "stroke:var(--dt-edge);stroke-width:1;fill:none"],
  [
    ".dt-replay",
    "fill:none;stroke:var(--dt-quiet);stroke-width:1;stroke-dasharray:1.5 1.5;opacity:.75",
  ],
  [".dt-halo", "paint-order:stroke;stroke:var(--dt-page);stroke-width:3px;stroke-linejoin:round"],
  [".dt-hatch-wait", "stroke:var(--dt-wait);stroke-width:1.4"],
  [".dt-hatch-failed", "stroke:var(--dt-bad);stroke-width:2"],
  [".dt-hatch-page", "fill:var(--dt-page)"],
];
