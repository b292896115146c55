import { CallbackClosedError, respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type StartRendering } from "./handler.ts";

const film = { title: "Metropolis" };
const rendering = { url: "https://example.com/metropolis" };

/** Jobs by id: starting one twice starts it once. */
const jobs = new Set<string>();
const startRendering = vi.fn<StartRendering>(async (jobId) => {
  jobs.add(jobId);
});
const handler = createHandler(startRendering);

beforeEach(() => {
  vi.clearAllMocks();
  jobs.clear();
});

describe("the step", () => {
  const test = durableTest(handler);

  test("runs again from its start when the answer is there", async ({ runner, expect }) => {
    await runner.run(film);
    const result = await runner.callback("render_finished").succeed(rendering);

    expect(result).toHaveSucceededWith(rendering);
    expect(result).toHaveOperation("render", { attempt: 1 });
    // It went twice through the same attempt, with the same callback.
    expect(startRendering).toHaveBeenCalledTimes(2);
    expect(jobs.size).toBe(1);
  });

  test("is tried again with another callback when the job is lost", async ({
    runner,
    clock,
    expect,
  }) => {
    await runner.run(film);

    // A minute without a heartbeat, and ten seconds until the next attempt.
    await clock.advance({ seconds: 70 });
    expect(runner).toHaveOperation("render", { attempt: 2 });

    // The farm finds the lost job after all, but nobody waits for that one any more.
    const first = runner.callback("render_finished", 0);
    expect(first.status).toBe("TIMED_OUT");
    await expect(first.succeed(rendering)).rejects.toThrow(CallbackClosedError);

    const result = await runner.callback("render_finished", 1).succeed(rendering);
    expect(result).toHaveSucceededWith(rendering);
    expect(jobs.size).toBe(2);
  });

  test("is tried again when the farm reports a failure", async ({ runner, expect }) => {
    await runner.run(film);

    // The retry happens by itself: nobody has to say anything for ten seconds to pass.
    await runner.callback("render_finished").fail({ ErrorType: "LampBroken" });
    expect(runner.result.elapsedMs).toBe(10_000);

    const result = await runner.callback("render_finished").succeed(rendering);
    expect(result).toHaveSucceededWith(rendering);
  });

  test("fails when both attempts do", async ({ runner, expect }) => {
    await runner.run(film);

    const result = await runner.runToCompletion();

    expect(result).toHaveFailedWith('The job for "Metropolis" was lost.');
    expect(result.elapsedMs).toBe(60_000 + 10_000 + 60_000);
  });
});

describe("a farm that loses the first job, and takes 20 minutes for the second", () => {
  const finished = respond
    .heartbeatEvery({ seconds: 50 })
    .times(23)
    .thenRespond(respond.success(rendering).after({ seconds: 50 }));
  const test = durableTest(handler, {
    callbacks: {
      render_finished: ({ startedAt }) =>
        startedAt.getUTCMinutes() === 0 ? respond.never() : finished,
    },
  });

  test("delivers in the end", async ({ runner, expect }) => {
    const result = await runner.run(film);

    expect(result).toHaveSucceededWith(rendering);
    expect(result.elapsedMs).toBe(60_000 + 10_000 + 20 * 60_000);
  });
});
