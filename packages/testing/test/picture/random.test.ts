import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { timelineSVG } from "../../src/index.ts";
import { drawPicture } from "../../src/picture/draw-picture.ts";
import { geometryOf } from "../../src/picture/geometry.ts";
import { makePicture } from "../../src/picture/make-picture.ts";
import type { Picture } from "../../src/picture/picture.ts";
import { play, scenarios } from "../property/scenario.ts";
import { limitMs, parameters } from "../property/settings.ts";
import { elementsOf } from "./xml.ts";

test.prop([scenarios()], parameters(0.15))(
  "of any execution the picture shows every operation, in the order of time, and is XML",
  async (scenario) => {
    const { result } = await play(scenario);
    const picture = makePicture(result);
    expect(picture.rows.map(({ id }) => id).toSorted()).toEqual(
      result.operations.map(({ id }) => id).toSorted(),
    );
    expect(picture.invocations).toHaveLength(result.invocations.length);
    expect(picture.effects).toHaveLength(result.effects.length);
    checkPositions(picture);
    const svg = timelineSVG(result);
    const drawn = elementsOf(svg);
    const shown = drawn.flatMap(({ attributes }) => attributes.get("data-operation") ?? []);
    expect(shown).toEqual(picture.rows.map(({ id }) => id));
    // Plain data: what has been through JSON is drawn the same.
    const again = JSON.parse(JSON.stringify(picture)) as Picture;
    expect(drawPicture(again, { width: 1200, theme: "auto" })).toBe(svg);
  },
  limitMs(0.3),
);

function checkPositions(picture: Picture): void {
  const { instants, invocations, rows, columns, end } = picture;
  expect(ascending(instants.map(({ at }) => at))).toBe(true);
  expect(ascending(instants.map(({ from }) => from))).toBe(true);
  expect(ascending(invocations.flatMap(({ from, to }) => [from, to]))).toBe(true);
  for (const row of rows) {
    expect(row.from).toBeLessThanOrEqual(row.to);
    for (const { from, to } of row.bars) {
      expect(from).toBeGreaterThanOrEqual(row.from);
      expect(from).toBeLessThanOrEqual(to);
      expect(to).toBeLessThan(columns);
    }
    for (const { at } of row.points) expect(at >= row.from && at < columns).toBe(true);
    expect(row.to).toBeLessThanOrEqual(end);
  }
  for (const width of [390, 1280]) {
    const geometry = geometryOf(picture, { width });
    const steps = Array.from({ length: columns * 4 }, (_, index) => geometry.x(index / 4));
    expect(ascending(steps)).toBe(true);
    expect(steps[0]).toBeGreaterThanOrEqual(geometry.left);
    expect(steps.at(-1)).toBeLessThan(geometry.width);
  }
}

function ascending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || (numbers[index - 1] ?? 0) <= number);
}
