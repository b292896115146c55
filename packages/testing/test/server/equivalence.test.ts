import { fc, test } from "@fast-check/vitest";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { DurableTestRunner, ExecutionStalledError } from "../../src/index.ts";
import { type DurableServer, startDurableServer } from "../../src/server/index.ts";
import {
  functionsOf,
  handlerOf,
  type Observer,
  type Program,
  type StepAction,
  type StepPlan,
} from "../property/program.ts";
import { everything, type Language, programs } from "../property/program-arbitrary.ts";
import { scriptsOf } from "../property/scenario.ts";
import { limitMs, parameters } from "../property/settings.ts";

/**
 * Random handlers go the same way whether the harness hands them its own client or they reach the
 * service over HTTP, with AWS's.
 */

let server: DurableServer;
beforeAll(async () => {
  server = await startDurableServer();
  for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

/**
 * What happens in the middle of an invocation happens at another point of it over HTTP: the process
 * exits, or an answer arrives, with other updates on their way.
 */
const language: Language = {
  ...everything,
  invokes: true,
  unscripted: "never",
  exits: false,
  answersInside: false,
};

const observer: Observer = {
  exits: () => false,
  bodyBegins: () => {},
  saw: () => {},
  reaches: () => {},
  logs: () => {},
  made: () => {},
  answer: async () => {},
};

const timeouts = fc.option(fc.integer({ min: 100, max: 4000 }), { nil: undefined, freq: 4 });

test.prop([programs(language).map(inOrder), timeouts], parameters(0.03))(
  "a handler goes the same way over HTTP",
  async (program, timeout) => {
    const play = async (transport: "direct" | "http") => {
      await using runner = new DurableTestRunner(handlerOf(program, observer), {
        transport,
        durableFunctions: functionsOf(program, observer),
        callbacks: scriptsOf(program),
      });
      server.add(runner);
      await runner.run({}, timeout === undefined ? {} : { timeout: { seconds: timeout } });
      await runner.runToCompletion().catch((error: unknown) => {
        if (!ExecutionStalledError.is(error)) throw error;
      });
      const { history, status, elapsedMs, world } = runner.result;
      return { history, status, elapsedMs, world };
    };
    expect(await play("http")).toEqual(await play("direct"));
  },
  limitMs(0.5),
);

/**
 * The same program with one thing after another and without drawing random numbers: the AWS client draws
 * some itself, and branches that run side by side overtake each other as answers take longer.
 */
function inOrder(program: Program): Program {
  switch (program.kind) {
    case "all":
    case "race":
    case "any":
    case "allSettled":
    case "joined":
    case "sequence":
      return { kind: "sequence", parts: program.parts.map(inOrder) };
    case "batch": {
      const batch = { ...program.batch, maxConcurrency: 1 };
      return { ...program, batch, parts: program.parts.map(inOrder) };
    }
    case "meanwhile":
      return { kind: "sequence", parts: [inOrder(program.part), inOrder(program.other)] };
    case "detached":
      return inOrder(program.part);
    case "caught":
      return { kind: "caught", part: inOrder(program.part) };
    case "child":
    case "invoke":
      return { ...program, body: inOrder(program.body) };
    case "step":
    case "submitter":
    case "condition":
      return { ...program, step: inOrderStep(program.step) };
    case "callback":
    case "again":
    case "wait":
    case "throw":
    case "ticks":
      return program;
  }
}

function inOrderStep(step: StepPlan): StepPlan {
  return { ...step, jitter: "NONE", actions: step.actions.flatMap(inOrderAction) };
}

function inOrderAction(action: StepAction): readonly StepAction[] {
  switch (action.do) {
    case "draw":
    case "exit":
    case "answer":
      return [];
    case "sleep":
      // Longer than the request takes that says that the step has begun: it is on its way meanwhile.
      return [{ ...action, ms: Math.max(2000, action.ms) }];
    case "callback":
    case "again":
      return [action];
  }
}
