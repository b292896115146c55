import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type DurableResult,
  DurableTestRunner,
  InvalidArgumentError,
  recordEffect,
  respond,
  timelineSVG,
} from "../../src/index.ts";
import { makePicture } from "../../src/picture/make-picture.ts";
import { oddResult, resultWithInvokes, resultWithNotices } from "../print/made-result.ts";
import { failedExecution, pendingExecution, richExecution } from "./executions.ts";
import { elementsOf } from "./xml.ts";

type Handler = (input: unknown, context: DurableContext) => Promise<unknown>;

async function complete(
  handler: Handler,
  options?: ConstructorParameters<typeof DurableTestRunner>[1],
): Promise<DurableResult<unknown>> {
  await using runner = new DurableTestRunner(withDurableExecution(handler), options);
  await runner.run({});
  return await runner.runToCompletion();
}

/** What stands where, a line each. */
function outline(result: DurableResult<unknown>): string {
  const { rows, invocations, instants } = makePicture(result);
  const at = (position: number): string => position.toFixed(1);
  return [
    instants.map(({ offset, from }) => `${from}: ${offset}`).join(", "),
    ...invocations.map(
      ({ number, from, to, ending }) => `invocation ${number}: ${at(from)}–${at(to)} ${ending}`,
    ),
    ...rows.map(
      ({ depth, label, bars, points, replayedIn, summary }) =>
        `${"  ".repeat(depth)}${label}: ${bars.map(({ kind, end, from, to }) => `${kind} ${at(from)}–${at(to)} ${end}`).join(", ")}; ${points.map((point) => `${point.kind} ${at(point.at)}`).join(", ")}; ${replayedIn ? `replayed in ${replayedIn.join("–")}; ` : ""}${summary}`,
    ),
  ].join("\n");
}

test("attempts, a crash, a timeout and heartbeats stand where they happened", async () => {
  expect(outline(await richExecution())).toMatchInlineSnapshot(`
    "0: +0s, 3: +1.500s, 4: +4s, 12: +6s, 14: +7s, 16: +11s, 23: +2h 00m 11s, 32: +1d 02h 00m 11s, 37: +1d 22h 00m 11s, 38: +2d 18h 00m 11s, 39: +3d 14h 00m 11s, 40: +4d 10h 00m 11s, 41: +4d 17h 00m 11s
    invocation 1: 0.2–11.0 suspended
    invocation 2: 12.0–15.0 suspended
    invocation 3: 16.0–22.0 suspended
    invocation 4: 24.0–26.0 died: Sandbox.Crashed: The sandbox died before the outcome of a step was recorded.
    invocation 5: 27.0–31.0 suspended
    invocation 6: 33.0–36.0 suspended
    invocation 7: 42.0–43.0 returned
    parallel "risk-checks": context 1.0–4.3 done; succeeded 4.3; replayed in 2–7; done: 3 SUCCEEDED, ALL_COMPLETED
      branch "score": context 1.1–3.2 done; succeeded 3.2; done → 12
        step "score": attempt 1.1–3.0 done; succeeded 3.0; → 12
      branch "chargebacks": context 1.2–4.2 done; succeeded 4.2; done → 0
        step "chargebacks": attempt 1.3–4.0 done; succeeded 4.0; → 0
      branch "velocity": context 1.3–2.2 done; succeeded 2.2; done → 3
        step "velocity": attempt 1.4–2.0 done; succeeded 2.0; → 3
    map "reserve": context 5.0–8.3 done; succeeded 8.3; replayed in 2–7; done: 3 SUCCEEDED, ALL_COMPLETED
      item "lamp": context 5.1–6.2 done; succeeded 6.2; done → {"id":"order-1-lamp"}
        step "reserve-item": attempt 5.2–6.0 done; effect 5.6, succeeded 6.0; → {"id":"order-1-lamp"}
      item "bulb": context 5.3–6.3 done; succeeded 6.3; done → {"id":"order-1-bulb"}
        step "reserve-item": attempt 5.4–6.1 done; effect 5.7, succeeded 6.1; → {"id":"order-1-bulb"}
      item "cord": context 7.0–8.2 done; succeeded 8.2; done → {"id":"order-1-cord"}
        step "reserve-item": attempt 7.2–8.0 done; effect 7.6, succeeded 8.0; → {"id":"order-1-cord"}
    step "charge": attempt 9.0–10.0 failed, retry 10.0–13.0 done, attempt 13.0–14.0 failed, retry 14.0–17.0 done, attempt 17.0–18.0 done; effect 17.5, succeeded 18.0; replayed in 4–7; attempt 3 → {"receipt":"r-1"}
    runInChildContext "fulfil": context 19.0–28.2 done; succeeded 28.2; replayed in 6–7; done
      step "pack": attempt 19.2–20.0 done; succeeded 20.0; replayed in 4–5; → "packed"
      wait "cool-off": open 21.0–23.0 done; succeeded 23.0; replayed in 4–5; is over
      step "label": attempt 25.0–26.0 cut, idle 26.0–27.0 open, attempt 27.0–28.0 done; effect 25.5, effect 27.5, succeeded 28.0; → "label-7"
    waitForCallback "approval": context 29.0–34.0 failed; failed 34.0; replayed in 7–7; failed: CallbackTimeoutError: No answer for callback "approval" within its timeout.
      callback "approval": open 29.1–32.0 failed; timed-out 32.0; replayed in 6–6; times out
      submitter of "approval": attempt 29.3–30.0 done; succeeded 30.0; replayed in 6–6; 
    callback "delivery": open 35.0–41.0 done; heartbeat 37.0, heartbeat 38.0, heartbeat 39.0, heartbeat 40.0, succeeded 41.0; replayed in 7–7; success from script → {"signedBy":"Ada"}"
  `);
});

test("what is still to come stands after where the handler stands", async () => {
  const result = await pendingExecution();
  expect(outline(result)).toMatchInlineSnapshot(`
    "0: +0s, 5: +3h 00m 00s, 6: +12h 00m 00s, 7: +2d 00h 00m 00s
    invocation 1: 0.2–4.0 suspended
    step "ask": attempt 1.0–2.0 done; succeeded 2.0; → "asked"
    callback "approval": open 3.0–5.0 open, ahead 5.0–7.0 open; deadline 7.0, deadline 6.0; open, times out at +2d 00h 00m 00s, heartbeat due by +12h 00m 00s"
  `);
  const svg = timelineSVG(result);
  const points = elementsOf(svg).flatMap(({ attributes }) => attributes.get("data-point") ?? []);
  expect(points).toContain("here");
  expect(points.filter((point) => point === "deadline")).toHaveLength(2);
  expect(svg).toContain("+3h now");
});

test("an execution that has failed says so, in its heading and where it failed", async () => {
  const svg = timelineSVG(await failedExecution());
  expect(svg).toContain("FAILED after 0s, 1 invocation");
  expect(svg).toContain("&lt;/script&gt; the card is declined");
  expect(elementsOf(svg).map(({ attributes }) => attributes.get("data-point"))).toContain("failed");
});

test("the time between two moments is broken where it is far longer than usual, and says how long it is", async () => {
  const result = await complete(async (_, context) => {
    await context.wait({ seconds: 2 });
    await context.wait({ seconds: 3 });
    await context.wait({ days: 40 });
  });
  const svg = timelineSVG(result);
  const gaps = elementsOf(svg).flatMap(({ attributes }) => attributes.get("data-gap") ?? []);
  expect(gaps).toEqual(["whole", "whole", "broken"]);
  expect(svg).toContain(">40d<");
  expect(svg).toContain("40d 00h 00m 00s pass, not to scale");
});

test("texts of any characters become XML", async () => {
  const result = await complete(async (_, context) => {
    await context.step(
      '</svg> & "quoted" \u0000\u0007\uD800 \uFFFE 名前',
      async () => "<b>\uDC00]]>",
    );
  });
  const svg = timelineSVG(result);
  elementsOf(svg);
  expect(svg).toContain("&lt;/svg&gt; &amp; ");
});

test("a job of a thousand heartbeats is told by the first of them", async () => {
  const result = await complete(
    async (_, context) => {
      const job = await context.createCallback("job", { timeout: { days: 2 } });
      await job.result();
    },
    {
      callbacks: {
        job: respond
          .heartbeatEvery({ minutes: 1 })
          .times(1000)
          .thenRespond(respond.success(1).after({ minutes: 1 })),
      },
    },
  );
  const { world } = makePicture(result);
  expect(world.map(({ kind }) => kind)).toEqual(["heartbeat", "success"]);
  expect(world[0]?.title).toContain("1000 heartbeats");
});

test("an operation that hundreds of invocations pass over is shown to be in all of them", async () => {
  const result = await complete(async (_, context) => {
    await context.step("first", async () => 1);
    for (let round = 0; round < 210; round += 1) await context.wait({ seconds: 1 });
  });
  const { rows } = makePicture(result);
  expect(rows[0]?.replayedIn).toEqual([2, 211]);
  const svg = timelineSVG(result);
  elementsOf(svg);
  expect(svg).toContain("replayed in invocations 2 to 211");
});

test("an effect stands in the attempt that had it, one outside of steps where it happened", async () => {
  const result = await complete(async (_, context) => {
    recordEffect("outside");
    await context.step(
      "twice",
      async () => {
        recordEffect("inside", "k");
        await new Promise((resolve) => setTimeout(resolve, 1000));
        recordEffect("later");
        throw new Error("no");
      },
      {
        retryStrategy: createRetryStrategy({
          maxAttempts: 2,
          initialDelay: { seconds: 5 },
          jitter: "NONE",
        }),
      },
    );
  });
  const { effects, rows } = makePicture(result);
  const attempts = rows[0]?.bars.filter(({ kind }) => kind === "attempt") ?? [];
  const inAttempt = effects
    .filter(({ operation }) => operation !== undefined)
    .map(({ at }) => attempts.findIndex(({ from, to }) => from <= at && at <= to));
  expect(effects.map(({ label }) => label)).toEqual(
    expect.arrayContaining(["outside", "inside k"]),
  );
  expect(inAttempt.filter((index) => index === 0)).toHaveLength(2);
  expect(inAttempt.filter((index) => index === 1)).toHaveLength(2);
});

test("what another service may record is drawn as well", () => {
  for (const result of [oddResult(), resultWithInvokes(), resultWithNotices()]) {
    const svg = timelineSVG(result);
    const shown = elementsOf(svg).flatMap(
      ({ attributes }) => attributes.get("data-operation") ?? [],
    );
    expect(shown).toHaveLength(result.operations.length);
  }
  expect(timelineSVG(resultWithInvokes())).toContain("invoke ");
  expect(timelineSVG(resultWithNotices())).toContain("nobody awaits it.");
});

describe("the picture of nothing", () => {
  test("is a picture", async () => {
    await using runner = new DurableTestRunner(withDurableExecution(async () => 1));
    expect(elementsOf(timelineSVG(runner.result))[0]?.name).toBe("svg");
  });
});

describe("options", () => {
  test("a narrow page has names above what they name", async () => {
    const result = await richExecution();
    const [narrow] = elementsOf(timelineSVG(result, { width: 390 }));
    const [wide] = elementsOf(timelineSVG(result, { width: 2400 }));
    expect(Number(narrow?.attributes.get("height"))).toBeGreaterThan(
      Number(wide?.attributes.get("height")),
    );
    expect(wide?.attributes.get("width")).toBe("2400");
  });

  test("a theme is that of the page, or as whoever looks likes it", async () => {
    const result = await pendingExecution();
    expect(timelineSVG(result)).toContain("prefers-color-scheme");
    expect(timelineSVG(result, { theme: "dark" })).not.toContain("prefers-color-scheme");
    expect(timelineSVG(result, { theme: "light" })).not.toBe(
      timelineSVG(result, { theme: "dark" }),
    );
  });

  test("what cannot be right is refused", async () => {
    const result = await pendingExecution();
    expect(() => timelineSVG(result, { width: 20 })).toThrow(InvalidArgumentError);
    expect(() => timelineSVG(result, { theme: "pink" } as never)).toThrow(/theme: "pink" is not/);
    expect(() => timelineSVG(Promise.resolve(result) as never)).toThrow(/Await it/);
  });
});
