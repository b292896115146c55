import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDuration, readTime, readWhole } from "../src/input/arguments.ts";
import { readJson, readSentJson } from "../src/input/json.ts";

describe("what is no JSON is told with its place", () => {
  test.each([
    ["", "it is empty"],
    ["{", "line 1, column 2: it ends too early"],
    ["[1,", "line 1, column 4: it ends too early"],
    ["[1 2]", 'line 1, column 4: not expected: "2"'],
    ["{a:1}", 'line 1, column 2: not expected: "a"'],
    ["{'a':1}", `line 1, column 2: not expected: "'"`],
    ['{"a":1,}', 'line 1, column 8: not expected: "}"'],
    ['{"a" 1}', 'line 1, column 6: not expected: "1"'],
    ['{"a":}', 'line 1, column 6: not expected: "}"'],
    ["[1],", 'line 1, column 4: not expected: ","'],
    ['{\n  "a": [true, flase]\n}', 'line 2, column 15: not expected: "f"'],
    ["NaN", 'line 1, column 1: not expected: "N"'],
    ['"a', 'line 1, column 1: not expected: "\\""'],
    ["01", 'line 1, column 1: not expected: "0"'],
    ["[]]", 'line 1, column 3: not expected: "]"'],
    ["{}}", 'line 1, column 3: not expected: "}"'],
  ])("%s: %s", (text, expected) => {
    expect(() => readJson(text, "--input")).toThrow(expected);
  });

  test("of a long line, what is around it is shown", () => {
    const text = `{"a":"${"x".repeat(200)}",}`;
    expect(() => readJson(text, "order.json")).toThrow(
      /^order\.json is no JSON.*\n {4}x{28}",}\n {34}\^$/,
    );
  });

  test("what is JSON is never refused, and a part of it never begins before its end", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        expect(readJson(text, "it")).toEqual(JSON.parse(text));
        const part = text.slice(0, cut % text.length);
        try {
          readJson(part, "it");
        } catch (error) {
          expect(String(error)).toMatch(/it ends too early|it is empty|not expected/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("what is sent on is not too deep for those who write it", () => {
  const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  expect(readSentJson(deep(1000), "The input")).toEqual(JSON.parse(deep(1000)));
  expect(() => readSentJson(deep(20_000), "The input")).toThrow(
    "The input has more than 1000 lists and objects within each other. Give one that is less deep.",
  );
  expect(() => readSentJson("[", "The input")).toThrow("The input is no JSON");
});

test("lengths of time are read by their units", () => {
  expect(readDuration("90s")).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 90 });
  expect(readDuration("1d12h")).toMatchObject({ days: 1, hours: 12 });
  expect(readDuration(" 1h 30m ")).toMatchObject({ hours: 1, minutes: 30 });
  for (const text of ["", " ", "5", "soon", "1.5h", "1h2d", "-1h"]) {
    expect(() => readDuration(text)).toThrow("Examples: 90s, 15m, 2h, 1d12h.");
  }
});

test("numbers are whole, and times are times", () => {
  expect(readWhole("12")).toBe(12);
  expect(() => readWhole("1.5")).toThrow("whole number");
  expect(() => readWhole("-1")).toThrow("whole number");
  expect(readTime("2026-03-01")).toEqual(new Date("2026-03-01"));
  expect(() => readTime("soon")).toThrow("Example: 2026-03-01T12:00:00Z");
});
