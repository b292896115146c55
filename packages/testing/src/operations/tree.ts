import type { CallbackOperation, Operation } from "../operation.ts";
import { groupBy } from "./group-by.ts";

/** The operations of a result as the tree they are, in the order in which they started. */
export interface OperationTree {
  readonly roots: readonly Operation[];
  get(id: string): Operation | undefined;
  childrenOf(operation: Operation): readonly Operation[];
  parentOf(operation: Operation): Operation | undefined;
  /** The operations around one, the outermost first. */
  ancestorsOf(operation: Operation): readonly Operation[];
  /** The name an operation answers to: its own, or that of the nearest named one around it. */
  nameOf(operation: Operation): string | undefined;
}

export function operationTree(operations: readonly Operation[]): OperationTree {
  const byId = new Map(operations.map((operation) => [operation.id, operation] as const));
  const children = groupBy(operations, ({ parentId }) => parentId);
  const parentOf = ({ parentId }: Operation): Operation | undefined =>
    parentId === undefined ? undefined : byId.get(parentId);
  const ancestorsOf = (operation: Operation): readonly Operation[] => {
    const ancestors: Operation[] = [];
    for (let at = parentOf(operation); at !== undefined; at = parentOf(at)) ancestors.push(at);
    return ancestors.toReversed();
  };
  return {
    roots: children.get(undefined) ?? [],
    get: (id) => byId.get(id),
    childrenOf: ({ id }) => children.get(id) ?? [],
    parentOf,
    ancestorsOf,
    nameOf: (operation) =>
      operation.name ?? ancestorsOf(operation).findLast(({ name }) => name !== undefined)?.name,
  };
}

/** The callbacks of a result, each with the name it answers to. */
export function namedCallbacks(
  operations: readonly Operation[],
): readonly { readonly name: string | undefined; readonly callback: CallbackOperation }[] {
  const tree = operationTree(operations);
  return operations.flatMap((operation) =>
    operation.type === "CALLBACK" ? [{ name: tree.nameOf(operation), callback: operation }] : [],
  );
}
