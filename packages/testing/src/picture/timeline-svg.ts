import { InvalidArgumentError } from "@durabletest/runtime";
import * as z from "zod/mini";
import { exactly, lazily, read, whole } from "../input/schema.ts";
import { resultOf, whatIsWrong } from "../print/subject.ts";
import type { DurableResult } from "../result.ts";
import { drawPicture } from "./draw-picture.ts";
import { makePicture } from "./make-picture.ts";

/** Settings of {@link timelineSVG}. */
export interface TimelineSVGOptions {
  /**
   * Pixels that the page has for the picture. A picture of much that happened may be wider; below 640, names stand
   * above what they name. Default: 1 200.
   */
  readonly width?: number | undefined;
  /** Dark ink on a light page, the other way round, or as whoever looks at it likes it better. Default: `"auto"`. */
  readonly theme?: "auto" | "light" | "dark" | undefined;
}

/**
 * Draws an execution: lanes for the handler's invocations, the outside world and every operation, over virtual time.
 *
 * Time is not drawn where nothing happens: the axis says how much of it has passed there. What happened at one moment
 * stands side by side in its order. The picture is one document of SVG, the same for the same result; its text can be
 * selected, every mark has a title, and no mark is told by its colour alone. The elements of an operation are in a `<g
 * data-operation="…">` with its id, those of an invocation in a `<g data-invocation="…">` with its number. A page
 * that holds it may set its colours: `--durabletest-ink`, `--durabletest-page`, and so on.
 *
 * @throws InvalidArgumentError when an option cannot be right, or there is no result (was an await forgotten?).
 *
 * @example
 * ```ts
 * const result = await runner.run({ orderId: "o-1" });
 * await writeFile("order.svg", timelineSVG(result));
 * ```
 */
export function timelineSVG(
  result: DurableResult<unknown>,
  options: TimelineSVGOptions = {},
): string {
  const checked = resultOf(result);
  if (checked === undefined) {
    throw new InvalidArgumentError(`timelineSVG: ${whatIsWrong(result)}`);
  }
  const { width = 1200, theme = "auto" } = read(settings(), options, "options of timelineSVG");
  return drawPicture(makePicture(checked), { width, theme });
}

const settings = lazily(() =>
  exactly(
    {
      width: z.optional(whole("a whole number of pixels of at least 200", { least: 200 })),
      theme: z.optional(z.enum(["auto", "light", "dark"], '"auto", "light" or "dark"')),
    } satisfies Record<keyof TimelineSVGOptions, z.ZodMiniType>,
    { unknown: "There is no option", wanted: "an object of options" },
  ),
);
