import { DurableError } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type AnyDurableLambdaHandler,
  DurableTestRunner,
  type RunnerOptions,
} from "../../../src/index.ts";
import { NEWEST, type Sdk, sdks, type Version, VERSIONS } from "./sdks.ts";
import { type Outcome, outcomeOf, unordered } from "./outcome.ts";

/** A handler, what the world does, and what must come of it. */
export interface Scenario {
  /** Makes the handler; called for every run, so that what it closes over is fresh. */
  readonly handler: (sdk: Sdk) => AnyDurableLambdaHandler;
  readonly input?: unknown;
  readonly options?: RunnerOptions | ((sdk: Sdk) => RunnerOptions);
  /** What the test does. Default: `runner.run(input)`. */
  readonly play?: (runner: DurableTestRunner) => Promise<unknown>;
  /** What is known of the outcome, on every version. */
  readonly expected: Partial<Outcome>;
  /** Versions whose own behaviour is another, each with the reason. */
  readonly differs?: Partial<Record<Version, Difference>>;
  /** An export of the SDK without which there is nothing to run: older versions lack it. */
  readonly needs?: keyof Sdk;
}

/** How a version differs from the newest one, and why. */
interface Difference {
  readonly because: string;
  /** What is different; the rest is the same. */
  readonly outcome?: Partial<Omit<Outcome, "history">>;
  /** The history is the same but for the order within an instant; else it is not compared. */
  readonly history?: "in another order";
}

/**
 * Runs a scenario on every version of AWS's SDK: the outcome is that which is expected, and the same on
 * all of them, to the last event, unless the scenario declares a difference.
 */
export function onEverySdk(behaviour: string, scenario: Scenario): void {
  describe(behaviour, () => {
    for (const version of VERSIONS) {
      const sdk = sdks[version];
      const { needs, differs, expected } = scenario;
      const lacks = version !== NEWEST && needs !== undefined && !(needs in sdk);
      const difference = differs?.[version];
      const reason = lacks ? `it has no ${needs}` : difference?.because;
      test(`SDK ${version}${reason === undefined ? "" : `, where ${reason}`}`, async ({ skip }) => {
        if (lacks) skip(reason);
        const outcome = await runOn(sdk, scenario);
        if (version === NEWEST) {
          expect(outcome).toMatchObject({ rejection: undefined, ...expected });
          return;
        }
        const newest = await runOn(sdks[NEWEST], scenario);
        if (difference === undefined) {
          expect(outcome).toEqual(newest);
          return;
        }
        const { history } = outcome;
        expect(outcome).toEqual({ ...newest, ...difference.outcome, history });
        if (difference.history === "in another order") {
          expect(unordered(history)).toEqual(unordered(newest.history));
        }
        // A declared difference that is none any more must go.
        expect(outcome).not.toEqual(newest);
      });
    }
  });
}

async function runOn(sdk: Sdk, { handler, input, options, play }: Scenario): Promise<Outcome> {
  const settings = typeof options === "function" ? options(sdk) : options;
  await using runner = new DurableTestRunner(handler(sdk), settings);
  try {
    await (play?.(runner) ?? runner.run(input));
    return outcomeOf(runner.result);
  } catch (error) {
    if (!DurableError.is(error)) throw error;
    return outcomeOf(runner.result, error);
  }
}

/** What 1.1.7 does where several branches begin at once; each of them is the same. */
export const BRANCHES_BEGIN_IN_TURN: NonNullable<Scenario["differs"]> = {
  "1.1.7": {
    because: "a branch begins before the next one is called",
    history: "in another order",
  },
};
