import type { Operation } from "../operation.ts";
import { operationNames } from "./names.ts";
import { operationTree } from "./tree.ts";

/** Something that was heard or seen in an execution. */
interface Heard {
  readonly operationId: string | undefined;
  readonly operationName?: string | undefined;
}

/** Says of what was heard or seen which of these operations it is of. */
export function placed(
  operations: readonly Operation[],
): <What extends Heard>(what: What) => Omit<What, keyof Heard> & { readonly operation?: string } {
  let find: ((id: string) => string | undefined) | undefined;
  const finder = (): ((id: string) => string | undefined) => {
    const tree = operationTree(operations);
    const names = operationNames(tree);
    return (id) => {
      const operation = tree.get(id);
      return operation && names.address(operation);
    };
  };
  return ({ operationId, operationName, ...what }) => {
    const operation =
      operationName ?? (operationId === undefined ? undefined : (find ??= finder())(operationId));
    return { ...what, ...(operation !== undefined && { operation }) };
  };
}
