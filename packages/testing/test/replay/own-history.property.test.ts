import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { replayHistory } from "../../src/replay/index.ts";
import { handlerOf, type Observer } from "../property/program.ts";
import { play, scenarios } from "../property/scenario.ts";
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
