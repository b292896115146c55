import type { Operation } from "../operation.ts";
import { groupBy } from "../operations/group-by.ts";
import { isItem } from "../operations/names.ts";

/**
 * What became of a map or a parallel, in a line: `2 SUCCEEDED, 1 FAILED, ALL_COMPLETED`. Undefined for anything else,
 * and where not every item has an operation of its own that says what it came to.
 *
 * @param children - the operations in it.
 */
export function batchSummary(
  { type, subType }: Pick<Operation, "type" | "subType">,
  result: unknown,
  children: readonly Operation[],
): string | undefined {
  if (type !== "CONTEXT" || (subType !== "Map" && subType !== "Parallel")) return undefined;
  const batch = readBatch(result);
  if (batch === undefined) return undefined;
  const ended = batch.statuses.filter((status) => status !== "STARTED").length;
  const items = children.filter(isItem).length;
  if (items < ended) return undefined;
  const counts = [...groupBy(batch.statuses, (status) => status)].map(
    ([status, all]) => `${all.length} ${status}`,
  );
  return [...counts, batch.completionReason].join(", ");
}

function readBatch(
  result: unknown,
): { readonly statuses: readonly string[]; readonly completionReason: string } | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const { all, completionReason } = result as Readonly<Record<string, unknown>>;
  if (!Array.isArray(all) || typeof completionReason !== "string") return undefined;
  const statuses = all.map((item: unknown) =>
    typeof item === "object" && item !== null && "status" in item ? String(item.status) : "",
  );
  return { statuses, completionReason };
}
