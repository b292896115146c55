import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { type DurableResult, DurableTestRunner, timelineSVG } from "../../src/index.ts";
import { laneMarks, lanesOf } from "../../src/picture/draw-lanes.ts";
import { rowMarks } from "../../src/picture/draw-row.ts";
import { drawAxis, drawBackdrop } from "../../src/picture/draw-time.ts";
import type { Drawing } from "../../src/picture/drawing.ts";
import { geometryOf } from "../../src/picture/geometry.ts";
import { makePicture } from "../../src/picture/make-picture.ts";
import { failedExecution, richExecution } from "./executions.ts";
import { elementsOf } from "./xml.ts";

type Handler = (input: unknown, context: DurableContext) => Promise<unknown>;

async function started(handler: Handler): Promise<DurableResult<unknown>> {
  await using runner = new DurableTestRunner(withDurableExecution(handler));
  await runner.run({});
  return await runner.advance({ seconds: 1 });
}

/** How many elements are drawn. */
function sizeOf(drawing: Drawing): number {
  const { lanes } = lanesOf(drawing);
  const markup = [
    drawAxis(drawing),
    drawBackdrop(drawing, 0, 100),
    ...lanes.map((lane) => laneMarks(drawing, lane)),
    ...drawing.picture.rows.map((row) => rowMarks(drawing, row)),
  ];
  return elementsOf(`<g>${markup.join("")}</g>`).length;
}

test("only what can be seen is drawn, and of marks that lie on each other the first", async () => {
  const picture = makePicture(await richExecution());
  const drawing = (zoom: number, from: number, to: number): Drawing => ({
    picture,
    geometry: geometryOf(picture, { width: 1000, zoom }),
    prefix: "p",
    view: { from, to },
  });
  const whole = sizeOf(drawing(1, 0, Infinity));
  expect(sizeOf(drawing(1, 400, 500))).toBeLessThan(whole / 2);
  expect(sizeOf(drawing(1, -900, -800))).toBeLessThan(3);
  expect(sizeOf(drawing(0.01, 0, Infinity))).toBeLessThan(whole);
  // Names above leave room for longer texts on the marks.
  expect(geometryOf(picture, { width: 400, left: 99 }).left).toBe(99);
});

test("an invocation that stands still in its middle is shown to be running, and its step to be open", async () => {
  const result = await started(async (_, context) => {
    const callback = await context.createCallback("answer", { timeout: { minutes: 5 } });
    await context.step("work", () => new Promise((resolve) => setTimeout(resolve, 600_000)));
    return await callback.result();
  });
  const { invocations, rows } = makePicture(result);
  expect(invocations.map(({ status, ending }) => `${status} ${ending}`)).toEqual([
    "RUNNING running",
  ]);
  expect(rows.at(-1)?.bars.map(({ kind, end }) => `${kind} ${end}`)).toEqual(["attempt open"]);
  elementsOf(timelineSVG(result));
});

test("the next attempt of a step, and the end of a wait, are still to come", async () => {
  const result = await started(async (_, context) => {
    const callback = await context.createCallback("answer", { timeout: { minutes: 5 } });
    const attempts = context.step(
      "tried",
      async () => {
        throw new Error("no");
      },
      { retryStrategy: () => ({ shouldRetry: true, delay: { hours: 1 } }) },
    );
    await Promise.all([attempts, context.wait("pause", { hours: 2 }), callback.result()]);
  });
  const { rows, instants } = makePicture(result);
  expect(instants.filter(({ isAhead }) => isAhead).map(({ offset }) => offset)).toEqual([
    "+5m 00s",
    "+1h 00m 00s",
    "+2h 00m 00s",
  ]);
  const bars = rows.map(
    ({ label, bars: all }) => `${label}: ${all.map(({ kind }) => kind).join(", ")}`,
  );
  expect(bars).toEqual([
    'callback "answer": open, ahead',
    'step "tried": attempt, retry, ahead',
    'wait "pause": open, ahead',
  ]);
  expect(timelineSVG(result)).toContain("again in 1h 00m 00s");
});

test("a picture of an execution that was stopped shows what was open", async () => {
  await using runner = new DurableTestRunner(
    withDurableExecution(async (_: unknown, context: DurableContext) => {
      const callback = await context.createCallback("answer", { timeout: { hours: 1 } });
      return await callback.result();
    }),
  );
  await runner.run({});
  await runner.stop();
  const { rows, status } = makePicture(runner.result);
  expect([status, rows[0]?.summary, rows[0]?.points]).toEqual(["STOPPED", "was open", []]);
});

test("an invocation that threw says what, where there is room", async () => {
  const svg = timelineSVG(await failedExecution(), { width: 1600 });
  expect(svg).toContain(">threw at executions.ts:");
});
