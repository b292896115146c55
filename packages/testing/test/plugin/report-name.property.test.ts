import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { reportFileName } from "../../src/plugin/report-name.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom(
    "",
    "/",
    "..",
    "../../etc/passwd",
    "C:\\con",
    "🦊 fox",
    "注文を出荷する",
    "a b",
    "a-b",
    "\u{D800}",
  ),
);
const reported = fc.record({
  name: text,
  file: fc.option(text, { nil: undefined }),
  project: fc.option(text, { nil: undefined }),
  occurrence: fc.integer({ min: 1, max: 3 }),
});

describe("the name of a report's file", () => {
  test.prop([reported])("is one that every file system takes, in the folder itself", (of) => {
    const name = reportFileName(of);
    expect(name).toMatch(/^(?:[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_-]*-)?[\da-f]{8}\.html$/u);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(143);
    expect(reportFileName({ ...of })).toBe(name);
  });

  test.prop([reported, reported])("is another one for another test", (one, another) => {
    const same = (["name", "file", "project", "occurrence"] as const).every(
      (key) =>
        (one[key] ?? "").toString().replaceAll("\\", "/") ===
        (another[key] ?? "").toString().replaceAll("\\", "/"),
    );
    fc.pre(!same);
    expect(reportFileName(one).toLowerCase()).not.toBe(reportFileName(another).toLowerCase());
  });

  test.each([
    [
      { name: "ships / what was approved", file: "src/order.test.ts" },
      /^order-ships-what-was-approved-/,
    ],
    [{ name: "注文を出荷する 🦊", file: "order.spec.mts" }, /^order-注文を出荷する-/],
    [{ name: "in Windows", file: String.raw`src\order.test.js` }, /^order-in-Windows-/],
    [{ name: "🦊" }, /^[\da-f]{8}\.html$/],
    [{ name: "x".repeat(1000) }, /^x{100}-[\da-f]{8}\.html$/],
  ])("can be read: %o", (of, expected) => {
    expect(reportFileName({ ...of, occurrence: 1 })).toMatch(expected);
  });
});
