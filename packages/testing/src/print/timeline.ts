import { InvalidArgumentError } from "@durabletest/runtime";
import * as z from "zod/mini";
import { exactly, lazily, read, whole } from "../input/schema.ts";
import type { DurableResult } from "../result.ts";
import type { Tone } from "./describe-event.ts";
import { OFFSET_WIDTH } from "./offset.ts";
import { outcomeLine } from "./outcome.ts";
import { resultOf, whatIsWrong } from "./subject.ts";
import { type Gap, shortenRows } from "./shorten-rows.ts";
import { type Row, timelineRows } from "./timeline-rows.ts";

/** Settings of {@link formatTimeline}. */
export interface TimelineOptions {
  /** Whether to colour the text for a terminal. Default: no. */
  readonly color?: boolean | undefined;
  /**
   * Leaves rows out when there are more: first those that repeat themselves, then those in which nothing
   * went wrong. Default: all are shown.
   */
  readonly maxRows?: number | undefined;
}

/**
 * Draws an execution in the order in which things happened: the invocations, what the handler did in
 * each, how much virtual time passed in between, and what the outside world did.
 *
 * @throws InvalidArgumentError when an option cannot be right, or there is no result (was an await forgotten?).
 *
 * @example
 * ```ts
 * console.log(formatTimeline(await runner.run({ orderId: "o-1" }), { color: true }));
 * // PENDING after 0s, 1 invocation
 * //             +0s   input {"orderId":"o-1"}
 * //                 ┌ invocation 1
 * //                 │ callback "approval" opens, timeout 2d 00h 00m 00s
 * //                 └ suspended
 * ```
 */
export function formatTimeline(
  result: DurableResult<unknown>,
  options: TimelineOptions = {},
): string {
  const checked = resultOf(result);
  if (checked === undefined) {
    throw new InvalidArgumentError(`formatTimeline: ${whatIsWrong(result)}`);
  }
  return drawTimeline(checked, read(settings(), options, "options of formatTimeline")).text;
}

const settings = lazily(() =>
  exactly(
    {
      color: z.optional(z.boolean("true or false")),
      maxRows: z.optional(whole("a whole number of at least 1", { least: 1 })),
    } satisfies Record<keyof TimelineOptions, z.ZodMiniType>,
    { unknown: "There is no option", wanted: "an object of options" },
  ),
);

/** As {@link formatTimeline}, and says whether that is all of it. */
export function drawTimeline(
  result: DurableResult<unknown>,
  { color = false, maxRows = Infinity }: TimelineOptions,
): { readonly text: string; readonly isWhole: boolean } {
  const paint = color ? painted : plain;
  const rows = timelineRows(result);
  const head = paint(result.status === "PENDING" ? "world" : toneOf(result), outcomeLine(result));
  const text = [head, ...draw(shortenRows(rows, maxRows), paint)].join("\n");
  return { text, isWhole: rows.length <= maxRows };
}

type Paint = (tone: Tone, text: string) => string;

const plain: Paint = (_, text) => text;

const CODES = { good: 32, bad: 31, world: 36, warning: 33, quiet: 2 } as const;
const painted: Paint = (tone, text) =>
  tone === "ordinary" ? text : `\u001B[${CODES[tone]}m${text}\u001B[0m`;

function draw(rows: readonly (Row | Gap)[], paint: Paint): readonly string[] {
  let before: string | undefined;
  return rows.map((row) => {
    if ("gap" in row) {
      before = undefined;
      return paint("quiet", `${" ".repeat(OFFSET_WIDTH)} ${row.gap}`);
    }
    const { offset, mark, text, tone } = row;
    const time = (offset === before ? "" : offset).padStart(OFFSET_WIDTH);
    before = offset;
    return `${paint("quiet", `${time} ${mark}`)} ${paint(tone, text)}`;
  });
}

function toneOf({ status }: DurableResult<unknown>): Tone {
  return status === "SUCCEEDED" ? "good" : "bad";
}
