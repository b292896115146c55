import { groupBy } from "../operations/group-by.ts";
import type { Occurrence } from "../print/occurrences.ts";
import type { PlacedOccurrence } from "./occurrence-places.ts";
import type { Position } from "./picture.ts";

/** An effect, and the step that had it. */
export interface EffectOfStep {
  readonly occurrence: Occurrence & { readonly kind: "effect" };
  readonly operation: string;
}

/**
 * Where effects stand: within the attempt that had them. The history tells nothing of them, and so the order in which
 * things happened does not either when no time has passed.
 *
 * @param placed - everything else.
 * @param positionAt - where a moment is.
 */
export function effectPositions(
  effects: readonly EffectOfStep[],
  placed: readonly PlacedOccurrence[],
  positionAt: (at: Date) => Position,
): ReadonlyMap<Occurrence, Position> {
  const invocations = new Map<number, Stretch>();
  for (const { occurrence, position } of placed) {
    const { kind, invocation = 0 } = occurrence;
    if (kind === "invocation-start") invocations.set(invocation, { from: position, to: Infinity });
    const begun = invocations.get(invocation);
    if (kind === "invocation-end" && begun) invocations.set(invocation, { ...begun, to: position });
  }
  const last = placed.at(-1)?.position ?? 0;
  const byOperation = groupBy(placed, ({ operation }) => operation);
  const positions = new Map<Occurrence, Position>();
  const attempts = groupBy(effects, ({ operation, occurrence: { of } }) =>
    JSON.stringify([operation, of.attempt, of.invocation]),
  );
  for (const together of attempts.values()) {
    const [first] = together;
    if (first === undefined) continue;
    const { attempt = 1, invocation } = first.occurrence.of;
    const attempted = stretchOf(byOperation.get(first.operation) ?? [], attempt);
    const invoked = invocations.get(invocation);
    const from = Math.max(attempted.from, invoked?.from ?? 0);
    const to = Math.max(from, Math.min(attempted.to, invoked?.to ?? last, last));
    for (const [index, { occurrence }] of together.entries()) {
      const exact = positionAt(occurrence.at);
      const isExact = exact > from && exact < to && !Number.isInteger(exact);
      const share = (index + 1) / (together.length + 1);
      positions.set(occurrence, isExact ? exact : from + (to - from) * share);
    }
  }
  return positions;
}

interface Stretch {
  readonly from: Position;
  readonly to: Position;
}

/** From where to where an attempt of a step went. */
function stretchOf(happened: readonly PlacedOccurrence[], attempt: number): Stretch {
  let from = 0;
  let ended = 0;
  for (const { occurrence, position } of happened) {
    if (occurrence.kind !== "event") continue;
    if (occurrence.of.EventType === "StepStarted") from = position;
    else ended += 1;
    if (ended === attempt) return { from, to: position };
  }
  return { from, to: Infinity };
}
