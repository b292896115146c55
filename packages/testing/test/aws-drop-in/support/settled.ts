/** Taken before anybody fakes them. */
const realSetTimeout = setTimeout;

/** Milliseconds on a clock that nobody fakes. */
export const realNow: () => number = performance.now.bind(performance);

/** Sleeps in real time, also where timers are faked. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    realSetTimeout(resolve, ms);
  });
}

/** What becomes of a promise within a while of real time. */
export type Settled =
  | readonly ["resolved", unknown]
  | readonly ["rejected", string]
  | readonly ["pending"];

/** What becomes of a promise within a while of real time: with the name of the error it rejects with. */
export function settled(promise: Promise<unknown>, withinMs = 300): Promise<Settled> {
  return Promise.race([
    promise.then(
      (value) => ["resolved", value] as const,
      (error: unknown) =>
        ["rejected", error instanceof Error ? error.name : String(error)] as const,
    ),
    sleep(withinMs).then(() => ["pending"] as const),
  ]);
}
