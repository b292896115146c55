import type { Operation } from "../operation.ts";
import { operationNames } from "./names.ts";
import { operationTree } from "./tree.ts";

/** Something that was heard or seen in an execution. */
interface Heard {
  readonly operationId: string | undefined;
  readonly operationName?: string | undefined;
}

/** Not enumerable: two things that were seen compare by what they say. */
const operationId = Symbol.for("durabletest.operationId");

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
  return ({ operationId: id, operationName, ...what }) => {
    const operation = operationName ?? (id === undefined ? undefined : (find ??= finder())(id));
    const told = { ...what, ...(operation !== undefined && { operation }) };
    return Object.defineProperty(told, operationId, { value: id });
  };
}

/** The id of the operation that an effect or a line of the log is of, where that is known. */
export function placeOf(told: object): string | undefined {
  const id: unknown = Reflect.get(told, operationId);
  return typeof id === "string" ? id : undefined;
}
