import type { WaitForConditionConfig } from "../config.ts";
import { roundedDelaySeconds } from "../duration.ts";
import { describeValue } from "../describe-value.ts";
import { describeOperation, InvalidArgumentError, WaitForConditionError } from "../errors.ts";
import { OperationSubType } from "../protocol/operation.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import type { StepBody } from "../replay/step-body.ts";
import { deserialize, type Serdes, serialize } from "../serdes.ts";
import type { WaitDecision, WaitStrategy } from "../wait-strategy.ts";
import { attempts } from "./attempts.ts";

/** Checks again and again, with time passing in between, until a strategy says that it is enough. */
export function waitForCondition<State>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly name: string | undefined;
    readonly check: (state: State, step: StepBody) => State | Promise<State>;
    readonly config: WaitForConditionConfig<State, State>;
    readonly serdes: Serdes<never>;
  },
): Promise<State> {
  const { execution } = scope;
  const { name, check, config } = options;
  const serdes = (config.serdes as Serdes<never> | undefined) ?? options.serdes;
  const what = describeOperation("waitForCondition", name);
  const stateOf = (text: string | undefined): State | Promise<State> =>
    deserialize(execution, serdes, text, what) as State | Promise<State>;
  return attempts<State>(scope, place, {
    name,
    subType: OperationSubType.WAIT_FOR_CONDITION,
    what,
    atMostOnce: false,
    serdes,
    async body(running, left) {
      const text =
        running.attempt === 1
          ? await serialize(execution, serdes, config.initialState, what, "initial state")
          : left;
      return check(await stateOf(text), running);
    },
    async succeeded(text, attempt) {
      const decision = decide(config.waitStrategy, await stateOf(text), attempt, what);
      if (!decision.shouldContinue) return "end";
      return { againInSeconds: roundedDelaySeconds(decision.delay, `delay of ${what}`) };
    },
    failed: () => "end",
    interrupted: () => new Error(`${what} is at-least-once.`),
    toError: (error, cause) => new WaitForConditionError(name, error, { cause }),
  });
}

function decide<State>(
  strategy: WaitStrategy<State>,
  state: State,
  attempt: number,
  what: string,
): WaitDecision {
  const decision: unknown = strategy(state, attempt);
  if (
    typeof decision === "object" &&
    decision !== null &&
    "shouldContinue" in decision &&
    typeof decision.shouldContinue === "boolean"
  ) {
    return decision as WaitDecision;
  }
  throw new InvalidArgumentError(
    `The wait strategy of ${what} returned ${describeValue(decision)}; it must return { shouldContinue: false } or { shouldContinue: true, delay }.`,
  );
}
