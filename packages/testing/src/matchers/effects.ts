import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import type { Effect } from "../effect.ts";
import { nearMisses } from "../input/near-misses.ts";
import { timelineSection } from "../print/timeline-section.ts";
import type { DurableResult } from "../result.ts";
import type { MatcherContext, MatcherResult } from "./framework.ts";
import { message } from "./report.ts";
import { checkName, subjectOf } from "./subject.ts";

const EFFECTS_SHOWN = 10;

/** Which effects are meant, and how many of them there must be. */
export interface ExpectedEffect {
  /** Default: at least one. */
  readonly times?: number | undefined;
  /** Default: any. */
  readonly key?: string | undefined;
}

export function toHaveEffect(
  context: MatcherContext,
  received: unknown,
  name: string,
  expected: ExpectedEffect = {},
): MatcherResult {
  const matcher = "toHaveEffect";
  const arguments_ = Object.keys(expected).length === 0 ? ["name"] : ["name", "expected"];
  const { result, hint } = subjectOf(context, matcher, received, ...arguments_);
  checkName(matcher, name);
  const { times, key } = checkExpected(matcher, expected);
  const named = result.effects.filter((effect) => effect.name === name);
  const found = key === undefined ? named : named.filter((effect) => effect.key === key);
  const pass = times === undefined ? found.length > 0 : found.length === times;
  return {
    pass,
    message: () => {
      const { utils } = context;
      const counts =
        times === undefined
          ? ""
          : `Expected times: ${pass ? "not " : ""}${utils.printExpected(times)}\nReceived times: ${utils.printReceived(found.length)}`;
      const seen = found.length > 0 ? shown(result, found) : missing(result, { name, key, named });
      return message(hint, counts, seen, pass ? "" : timelineSection(result));
    },
  };
}

/** @throws InvalidArgumentError */
function checkExpected(matcher: string, expected: unknown): ExpectedEffect {
  if (typeof expected !== "object" || expected === null) {
    throw new InvalidArgumentError(
      `${matcher}: ${describeValue(expected)} does not say which effect. Give { times, key }, or nothing.`,
    );
  }
  const unknown = Object.keys(expected).find((key) => key !== "times" && key !== "key");
  if (unknown !== undefined) {
    const near = nearMisses(unknown, ["times", "key"]);
    throw new InvalidArgumentError(`${matcher}: there is no ${JSON.stringify(unknown)}.${near}`);
  }
  const { times, key } = expected as ExpectedEffect;
  if (times !== undefined && (!Number.isInteger(times) || times < 0)) {
    throw new InvalidArgumentError(`${matcher}: ${describeValue(times)} is no number of times.`);
  }
  if (key !== undefined) checkName(`${matcher}: key`, key);
  return { times, key };
}

function missing(
  { effects }: DurableResult<unknown>,
  {
    name,
    key,
    named,
  }: { readonly name: string; readonly key: string | undefined; readonly named: readonly Effect[] },
): string {
  if (effects.length === 0) {
    return "No effect was recorded. Have the test's fake call recordEffect(name, key) where it does what is meant.";
  }
  if (named.length === 0) {
    const names = effects.map((effect) => effect.name);
    return `No effect ${JSON.stringify(name)} was recorded.${nearMisses(name, names)}`;
  }
  const keys = named.flatMap((effect) => effect.key ?? []);
  return `No effect ${JSON.stringify(name)} was recorded with the key ${JSON.stringify(key)}.${nearMisses(key ?? "", keys)}`;
}

/** Where each was made, a line each. */
function shown({ startedAt }: DurableResult<unknown>, effects: readonly Effect[]): string {
  const lines = effects.slice(0, EFFECTS_SHOWN).map(({ name, key, operation, ...effect }) => {
    const what = key === undefined ? "" : ` ${JSON.stringify(key)}`;
    const where = operation === undefined ? "" : `, in ${operation}`;
    const attempt = effect.attempt === undefined ? "" : `, attempt ${effect.attempt}`;
    const after = effect.at.getTime() - startedAt.getTime();
    return `${name}${what}: in invocation ${effect.invocation}${where}${attempt}, after ${after} ms`;
  });
  const left = effects.length - lines.length;
  return [...lines, ...(left === 0 ? [] : [`and ${left} more`])].join("\n");
}
