import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { replayHistory } from "../../src/replay/index.ts";
import { type Asking, handlerOf, type Observer, type Program } from "../property/program.ts";
import { play, scenarios } from "../property/scenario.ts";
import { runScheduled } from "../property/scheduled.ts";
import { limitMs, parameters } from "../property/settings.ts";

const silent: Observer = {
  bodyBegins: (body) => expect.unreachable(`ran ${body.step}`),
  saw: () => {},
  reaches: () => {},
  logs: () => {},
  made: () => {},
  exits: () => false,
  answer: () => Promise.resolve(),
};

test.prop([scenarios()], parameters(0.1))(
  "a handler does what it has recorded itself, wherever it stood",
  async (scenario) => {
    const { result } = await play(scenario);
    // Whether a callback went with its context does not stand in the history: asked for all the same, it is there.
    fc.pre(!JSON.stringify(result).includes("UnknownCallbackError"));
    const handler = handlerOf(scenario.program, silent);
    const report = await replayHistory(handler, result.history);
    expect(report.untried).toEqual([]);
  },
  limitMs(0.2),
);

/** Programs that wait by id for callbacks that may be answered at any time, before the wait begins too. */
const waitsById = (): fc.Arbitrary<Program> => {
  const seconds = fc.integer({ min: 1, max: 12 });
  const callback = fc.record({
    timeout: fc.option(seconds, { nil: 0 }),
    heartbeatTimeout: fc.constant(0),
    answer: fc.record({
      says: fc.constantFrom("success" as const, "failure" as const),
      afterMs: fc.constant(0),
    }),
    answersOnce: fc.constant(false),
    reading: fc.constant("plain" as const),
  });
  const timeouts = fc.array(seconds, { minLength: 1, maxLength: 2 });
  const ask: fc.Arbitrary<Asking> = fc.record({ how: fc.constant("by id" as const), timeouts });
  const wait: fc.Arbitrary<Program> = fc.oneof(
    fc.record({ kind: fc.constant("callback" as const), callback, ask }),
    fc.record({ kind: fc.constant("again" as const), which: fc.nat(3), ask }),
    fc.record({ kind: fc.constant("wait" as const), seconds }),
  );
  const part = fc.record({ kind: fc.constant("caught" as const), part: wait });
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });
  const several: fc.Arbitrary<Program> = fc.record({
    kind: fc.constantFrom("sequence" as const, "all" as const, "race" as const),
    parts,
  });
  const child = fc.record({
    kind: fc.constant("child" as const),
    body: several,
    isBulky: fc.constant(false),
  });
  return fc.oneof(several, child);
};

test.prop(
  [fc.record({ program: waitsById(), seed: fc.nat(1e6), crashes: fc.nat(1) })],
  parameters(0.1),
)(
  "a handler does what it has recorded itself, whenever callbacks were answered that it waits for by id",
  async (scheduled) => {
    const { run } = await runScheduled(scheduled);
    const handler = handlerOf(scheduled.program, silent);
    const report = await replayHistory(handler, run.result.history);
    expect(report.untried).toEqual([]);
  },
  limitMs(0.2),
);
