import { DurableTestRunner } from "@durabletest/vitest-plugin";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createHandler, type Video } from "./handler.ts";
import { QueueingTranscoder } from "./transcoder.ts";

// Both sides wait: the function for its callback, the transcoder for its work. They live in one virtual time.
beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-03-01T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const film: Video = { id: "film", minutes: 90 };

/**
 * A queue between the two: the transcoder takes jobs from it outside of the handler, in the test's own time.
 */
function jobs() {
  const waiting: (() => void)[] = [];
  return {
    later: (job: () => void) => void waiting.push(job),
    deliver: () => {
      for (const job of waiting.splice(0)) job();
    },
  };
}

function together() {
  const queue = jobs();
  const handler = createHandler({
    submit: async (job) => queue.later(() => void transcoder.submit(job)),
  });
  const runner = new DurableTestRunner(handler, { clock: "test" });
  const transcoder = new QueueingTranscoder(runner);
  return { runner, transcoder, queue };
}

test("an hour and a half of film takes fifteen minutes, and the heartbeats keep the callback open", async () => {
  const { runner, queue } = together();
  await using _ = runner;
  expect(await runner.run(film)).toBeWaitingFor("transcoded");
  queue.deliver();

  await vi.advanceTimersByTimeAsync(14 * 60_000);
  expect(runner).toBeWaitingFor("transcoded");
  expect(runner.result.world.filter(({ kind }) => kind === "heartbeat")).toHaveLength(28);

  await vi.advanceTimersByTimeAsync(60_000);
  expect(runner).toHaveSucceededWith({
    id: "film",
    status: "ready",
    url: "https://videos.example/film",
  });
  expect(runner.result.elapsedMs).toBe(15 * 60_000);
});

test("a transcoder that crashes is given up a minute after its last sign of life", async () => {
  const { runner, transcoder, queue } = together();
  await using _ = runner;
  await runner.run(film);
  queue.deliver();
  await vi.advanceTimersByTimeAsync(5 * 60_000 + 10_000);
  transcoder.crash();

  const result = await runner.runToCompletion();

  expect(result).toHaveSucceededWith({ id: "film", status: "given up" });
  expect(result.elapsedMs).toBe(6 * 60_000);
});
