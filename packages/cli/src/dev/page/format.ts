const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** A length of time, its two largest units: `1d 2h`, `350ms`. */
export function lengthText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** Virtual time since the start: `+1h 30m`. */
export function offsetText(at: string, startedAt: string): string {
  const ms = new Date(at).getTime() - new Date(startedAt).getTime();
  return ms === 0 ? "+0s" : `+${lengthText(ms)}`;
}

/** `2025-01-01 01:00:00`, in UTC; milliseconds where there are any. */
export function timeText(at: string): string {
  return at.replace("T", " ").replace(/(?:\.000)?Z$/, "");
}

/** A value for people: JSON over several lines, text as it is. */
export function valueText(value: unknown): string {
  if (value === undefined) return "undefined";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** A value on one line, cut. */
export function lineText(value: unknown, most = 60): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** `"90m"`, `"1h 30m"`, `"2d"`, `"1500ms"` in milliseconds; undefined where it is no length of time. */
export function readLength(text: string): number | undefined {
  const lengths: Readonly<Record<string, number>> = { ms: 1, ...Object.fromEntries(UNITS) };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|d|h|m|s)\s*/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text.trimStart())
    return undefined;
  const ms = parts.reduce(
    (sum, [, n = "0", unit = "s"]) => sum + Number(n) * (lengths[unit] ?? 0),
    0,
  );
  return Math.round(ms);
}
