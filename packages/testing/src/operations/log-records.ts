import type { HeardLine, LogRecord } from "../log-record.ts";
import type { Operation } from "../operation.ts";
import { operationNames } from "./names.ts";
import { operationTree } from "./tree.ts";

/** Says of lines which of these operations they are of. */
export function logRecord(operations: readonly Operation[]): (line: HeardLine) => LogRecord {
  let find: ((id: string) => string | undefined) | undefined;
  const finder = (): ((id: string) => string | undefined) => {
    const tree = operationTree(operations);
    const names = operationNames(tree);
    return (id) => {
      const operation = tree.get(id);
      return operation && names.address(operation);
    };
  };
  return ({ operationId, operationName, attempt, ...line }) => {
    const operation =
      operationName ?? (operationId === undefined ? undefined : (find ??= finder())(operationId));
    return {
      ...line,
      ...(operation !== undefined && { operation }),
      ...(attempt !== undefined && { attempt }),
    };
  };
}
