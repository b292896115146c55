import { groupBy } from "../operations/group-by.ts";
import {
  type ObservedFunction,
  type ObservedOperation,
  operationKey,
  type OperationSettings,
  OUTCOMES,
} from "./observation.ts";

/**
 * What was seen by several: in whichever order they are merged, and however often one of them is, the same comes of it.
 */
export function mergeObservations(
  observed: readonly ObservedFunction[],
): readonly ObservedFunction[] {
  return [...groupBy(observed, ({ id }) => id)]
    .map(([id, all]): ObservedFunction => ({
      id,
      names: sorted(all.flatMap(({ names }) => names)),
      file: least(all.map(({ file }) => file)),
      exported: least(all.map(({ exported }) => exported)),
      operations: mergeOperations(all.flatMap(({ operations }) => operations)),
    }))
    .toSorted((a, b) => compare(a.id, b.id));
}

/** Operations of one function, each once, in the order in which they begin. */
export function mergeOperations(
  observed: readonly ObservedOperation[],
): readonly ObservedOperation[] {
  return [...groupBy(observed, operationKey).values()]
    .flatMap((all) => mergeSame(all) ?? [])
    .toSorted((a, b) => a.order - b.order || compare(operationKey(a), operationKey(b)));
}

function mergeSame(all: readonly ObservedOperation[]): ObservedOperation | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const seen = new Set(all.flatMap((each) => each.seen));
  return {
    path: first.path,
    kind: first.kind,
    name: least(all.map(({ name }) => name)),
    parent: least(all.map(({ parent }) => parent)),
    order: Math.min(...all.map(({ order }) => order)),
    seen: OUTCOMES.filter((outcome) => seen.has(outcome)),
    settings: mergeSettings(all.map(({ settings }) => settings)),
    caught: sorted(all.flatMap(({ caught }) => caught)),
  };
}

function mergeSettings(all: readonly OperationSettings[]): OperationSettings {
  return {
    timeoutSeconds: most(all.map(({ timeoutSeconds }) => timeoutSeconds)),
    heartbeatSeconds: most(all.map(({ heartbeatSeconds }) => heartbeatSeconds)),
    functionName: least(all.map(({ functionName }) => functionName)),
    durable: all.some(({ durable }) => durable === true) ? true : undefined,
  };
}

function most(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function least(texts: readonly (string | undefined)[]): string | undefined {
  return sorted(texts.filter((text) => text !== undefined))[0];
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted(compare);
}

/** By code units: the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
