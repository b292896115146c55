import { describe, expect, test } from "vitest";
import { formatLength, formatOffset } from "../../src/print/offset.ts";

describe("a length of time", () => {
  test.each([
    [0, "0s"],
    [250, "0.250s"],
    [5000, "5s"],
    [59_999, "59.999s"],
    [60_000, "1m 00s"],
    [3_600_000, "1h 00m 00s"],
    [3_661_005, "1h 01m 01.005s"],
    [2 * 86_400_000 + 3 * 3_600_000, "2d 03h 00m 00s"],
    [99_999_999_000, "1157d 09h 46m 39s"],
  ])("of %i ms reads %s", (ms, text) => {
    expect(formatLength(ms)).toBe(text);
  });

  test("since the start is an offset", () => {
    const start = new Date("2025-01-01T00:00:00Z");
    expect(formatOffset(new Date("2025-01-01T01:00:00Z"), start)).toBe("+1h 00m 00s");
    expect(formatOffset(start, start)).toBe("+0s");
  });
});
