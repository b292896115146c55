import fc from "fast-check";
import { respond, type Response } from "../../src/index.ts";

/** What a script says to a callback, as data. */
export type Answer =
  | { readonly says: "success" | "failure"; readonly afterMs: number }
  | { readonly says: "nothing" }
  | {
      readonly says: "heartbeats";
      readonly everyMs: number;
      readonly times: number;
      readonly finally: Answer | undefined;
    };

export function responseOf(answer: Answer, name: string): Response {
  switch (answer.says) {
    case "success":
      return respond.success(payloadOf(name)).after({ milliseconds: answer.afterMs });
    case "failure":
      return respond.failure(failureOf(name)).after({ milliseconds: answer.afterMs });
    case "nothing":
      return respond.never();
    case "heartbeats": {
      const beats = respond.heartbeatEvery({ milliseconds: answer.everyMs }).times(answer.times);
      return answer.finally === undefined
        ? beats
        : beats.thenRespond(responseOf(answer.finally, name));
    }
  }
}

export const payloadOf = (name: string): string => `answer to ${name}`;

export const failureOf = (name: string): { ErrorType: string; ErrorMessage: string } => ({
  ErrorType: "Declined",
  ErrorMessage: `no for ${name}`,
});

/** Mostly whole seconds, as a test would write them, so that things fall together. */
const anyDelay = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 }).map((seconds) => seconds * 1000) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9999 }) },
);

/** Never whole seconds, so that hardly anything falls together. */
const oddDelay = fc.integer({ min: 1, max: 11_999 }).filter((ms) => ms % 1000 !== 0);

export function answers(delays: "any" | "odd"): fc.Arbitrary<Answer> {
  const afterMs = delays === "any" ? anyDelay : oddDelay;
  const plain: fc.Arbitrary<Answer> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ says: fc.constant("success" as const), afterMs }) },
    { weight: 2, arbitrary: fc.record({ says: fc.constant("failure" as const), afterMs }) },
    { weight: 1, arbitrary: fc.constant({ says: "nothing" as const }) },
  );
  const heartbeats = fc.record({
    says: fc.constant("heartbeats" as const),
    everyMs: afterMs.map((ms) => Math.max(501, ms)),
    times: fc.integer({ min: 1, max: 3 }),
    finally: fc.option(plain, { nil: undefined }),
  });
  return fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: heartbeats });
}
