import type { BatchResult, MapConfig } from "../batch.ts";
import { checkedName } from "../check/arguments.ts";
import { OperationSubType } from "../protocol/operation.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import type { Serdes } from "../serdes.ts";
import { type BatchTask, runBatch } from "./batch.ts";

/** What is to be done for each item; what is wrong with a name throws before anything is recorded. */
export function mapTasks<Item, T>(
  items: readonly Item[],
  itemNamer: MapConfig<Item, T>["itemNamer"],
  fn: (scope: ContextScope, item: Item, index: number) => Promise<T>,
): readonly BatchTask<T>[] {
  return Array.from(items, (item, index) => {
    const givenName = checkedName("map: itemNamer", itemNamer?.(item, index));
    return {
      name: givenName ?? `map-item-${index}`,
      givenName,
      body: (scope) => fn(scope, item, index),
    };
  });
}

/** Applies a function to many items, each in a context of its own. */
export function map<T>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly name: string | undefined;
    readonly tasks: readonly BatchTask<T>[];
    readonly config: MapConfig<never, T>;
    readonly serdes: Serdes<never>;
  },
): Promise<BatchResult<T>> {
  return runBatch(scope, place, {
    ...options,
    subType: OperationSubType.MAP,
    itemSubType: OperationSubType.MAP_ITERATION,
    summaryType: "MapResult",
    kind: "map",
  });
}
