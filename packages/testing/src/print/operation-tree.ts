import type { CallbackOperation, Operation } from "../operation.ts";
import { groupBy } from "./group-by.ts";

/** The operations of a result as the tree they are, in the order in which they started. */
export interface OperationTree {
  readonly roots: readonly Operation[];
  get(id: string): Operation | undefined;
  childrenOf(operation: Operation): readonly Operation[];
  /** The operations around one, the outermost first. */
  ancestorsOf(operation: Operation): readonly Operation[];
  /** The name an operation answers to: its own, or that of the nearest named one around it. */
  nameOf(operation: Operation): string | undefined;
}

export function operationTree(operations: readonly Operation[]): OperationTree {
  const byId = new Map(operations.map((operation) => [operation.id, operation] as const));
  const children = groupBy(operations, ({ parentId }) => parentId);
  const ancestorsOf = ({ parentId }: Operation): readonly Operation[] => {
    const parent = parentId === undefined ? undefined : byId.get(parentId);
    return parent === undefined ? [] : [...ancestorsOf(parent), parent];
  };
  return {
    roots: children.get(undefined) ?? [],
    get: (id) => byId.get(id),
    childrenOf: ({ id }) => children.get(id) ?? [],
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

/** What an operation is, as handlers call it: `step`, `waitForCallback`. */
export function kindOf({ type, subType }: Pick<Operation, "type" | "subType">): string {
  if (type === "CHAINED_INVOKE") return "invoke";
  const kind = subType ?? `${type.slice(0, 1)}${type.slice(1).toLowerCase()}`;
  return `${kind.slice(0, 1).toLowerCase()}${kind.slice(1)}`;
}

/** An operation in a text: `step "charge"`. */
export function labelOf(operation: Pick<Operation, "type" | "subType" | "name">): string {
  const { name } = operation;
  return name === undefined ? kindOf(operation) : `${kindOf(operation)} ${JSON.stringify(name)}`;
}
