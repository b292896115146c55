import type { DurableResult, Invocation } from "../result.ts";
import type { PlacedOccurrence } from "./occurrence-places.ts";
import type { InvocationBar, Point, Position } from "./picture.ts";

/** The invocations, each from its beginning to its end. */
export function invocationBars(
  { invocations }: Pick<DurableResult<unknown>, "invocations">,
  placed: readonly PlacedOccurrence[],
  end: Position,
): readonly InvocationBar[] {
  const bars: InvocationBar[] = [];
  const notices = new Map<number, Point[]>();
  let begun: PlacedOccurrence | undefined;
  const close = (to: Position, of: Invocation | undefined, ending: string, title: string): void => {
    if (begun === undefined) return;
    const number = bars.length + 1;
    bars.push({
      number,
      status: of?.status ?? "RUNNING",
      from: begun.position,
      to,
      ending,
      title: [begun.title, title].filter((line) => line !== "").join("\n"),
      notices: notices.get(number) ?? [],
    });
    begun = undefined;
  };
  for (const one of placed) {
    const { occurrence, position, title, text, operation } = one;
    if (occurrence.kind === "invocation-start") begun = one;
    if (occurrence.kind === "notice") {
      const of = occurrence.of.invocation;
      const points = notices.get(of) ?? [];
      notices.set(of, points);
      points.push({ kind: "notice", at: position, title, operation });
    }
    if (occurrence.kind === "invocation-end") close(position, occurrence.of, text, title);
  }
  close(end, invocations.at(-1), "running", "");
  return bars;
}
