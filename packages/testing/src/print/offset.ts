const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of virtual time, for people: `2d 03h 00m 00s`, `5m 00s`, `0s`, `0.250s`. */
export function formatLength(ms: number): string {
  const days = Math.floor(ms / DAY);
  const hours = Math.floor((ms % DAY) / HOUR);
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  const seconds = (ms % MINUTE) / SECOND;
  const parts: readonly (readonly [number, string])[] = [
    [days, "d"],
    [hours, "h"],
    [minutes, "m"],
    [seconds, "s"],
  ];
  const first = parts.findIndex(([amount, unit]) => amount > 0 || unit === "s");
  return parts
    .slice(first)
    .map(([amount, unit], index) => `${digits(amount, index > 0 ? 2 : 1)}${unit}`)
    .join(" ");
}

/** A moment, as the time since the start of the execution: `+1h 00m 00s`. */
export function formatOffset(at: Date, startedAt: Date): string {
  return `+${formatLength(Math.max(0, at.getTime() - startedAt.getTime()))}`;
}

/** Wide enough for most executions, and the same for all of them: a longer one moves no other line. */
export const OFFSET_WIDTH = 15;

function digits(amount: number, width: number): string {
  const whole = String(Math.floor(amount)).padStart(width, "0");
  const ms = Math.round((amount % 1) * SECOND);
  return ms === 0 ? whole : `${whole}.${String(ms).padStart(3, "0")}`;
}
