import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { suggestion } from "../input/near-misses.ts";
import { type LogLevel, type LogRecord, textOf } from "../log-record.ts";
import { logLines } from "../print/log-lines.ts";
import { timelineSection } from "../print/timeline-section.ts";
import type { DurableResult } from "../result.ts";
import {
  type AsymmetricMatch,
  isAsymmetric,
  type MatcherContext,
  type MatcherResult,
} from "./framework.ts";
import { message } from "./report.ts";
import { subjectOf } from "./subject.ts";

const LINES_SHOWN = 5;
const LEVELS: readonly string[] = ["debug", "info", "warn", "error"] satisfies LogLevel[];

/** What a logged line must say. */
export type ExpectedMessage = string | RegExp | AsymmetricMatch;

export function toHaveLogged(
  context: MatcherContext,
  received: unknown,
  level: LogLevel,
  expected: ExpectedMessage,
): MatcherResult {
  const matcher = "toHaveLogged";
  const { result, hint } = subjectOf(context, matcher, received, "level", "message");
  if (!LEVELS.includes(level)) {
    const near = typeof level === "string" ? suggestion(level, LEVELS) : "";
    throw new InvalidArgumentError(
      `${matcher}: ${describeValue(level)} is no level.${near || ` There are: ${LEVELS.join(", ")}.`}`,
    );
  }
  const says = expectation(expected);
  const saying = result.logs.filter(says);
  const found = saying.filter((record) => record.level === level);
  const pass = found.length > 0;
  return {
    pass,
    message: () => {
      const { utils } = context;
      if (pass) return message(hint, `It was logged:\n${shown(result, found)}`);
      const wanted = `Expected ${level}: ${utils.printExpected(expected)}`;
      return message(
        hint,
        wanted,
        closest(result, { level, expected, saying }),
        timelineSection(result),
      );
    },
  };
}

/** @throws InvalidArgumentError when nothing can be like it. */
function expectation(expected: unknown): (record: LogRecord) => boolean {
  if (typeof expected === "string") return (record) => textOf(record).includes(expected);
  if (Object.prototype.toString.call(expected) === "[object RegExp]") {
    // One with the flag g or y goes on where it was.
    const { source, flags } = expected as RegExp;
    const pattern = new RegExp(source, flags.replaceAll(/[gy]/g, ""));
    return (record) => pattern.test(textOf(record));
  }
  if (isAsymmetric(expected)) return ({ message: text }) => expected.asymmetricMatch(text);
  throw new InvalidArgumentError(
    `toHaveLogged: ${describeValue(expected)} is no message. Give a part of it, a RegExp, or an asymmetric matcher.`,
  );
}

/** The lines that come closest to what was asked for. */
function closest(
  result: DurableResult<unknown>,
  {
    level,
    expected,
    saying,
  }: {
    readonly level: LogLevel;
    readonly expected: ExpectedMessage;
    /** Those that say it, at another level. */
    readonly saying: readonly LogRecord[];
  },
): string {
  const { logs } = result;
  if (saying.length > 0) return `It was logged at another level:\n${shown(result, saying)}`;
  if (logs.length === 0) {
    return "Nothing was logged. (Lines of a logger that the handler was given itself, and of console, are not kept.)";
  }
  const ofLevel = logs.filter((record) => record.level === level);
  const texts = logs.map(({ message: text }) => text);
  const near = typeof expected === "string" ? suggestion(expected, texts).trim() : "";
  const lines =
    ofLevel.length === 0
      ? `Nothing was logged as ${level}. Logged was:\n${shown(result, logs)}`
      : `Logged as ${level}:\n${shown(result, ofLevel)}`;
  return message(near, lines);
}

/** The last ones of them. */
function shown({ startedAt }: DurableResult<unknown>, records: readonly LogRecord[]): string {
  const lines = logLines(records.slice(-LINES_SHOWN), startedAt);
  const left = records.length - lines.length;
  return [...(left === 0 ? [] : [`… ${left} before`]), ...lines]
    .map((line) => `  ${line}`)
    .join("\n");
}
