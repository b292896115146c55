import type { Operation } from "../operation.ts";
import type { OperationTree } from "./tree.ts";

/** As much of an operation as its name is made of, whoever tells of it. */
interface Named extends Pick<Operation, "subType" | "name"> {
  readonly type: string;
}

/** What an operation is, as handlers call it: `step`, `waitForCallback`. */
export function kindOf({ type, subType }: Omit<Named, "name">): string {
  if (type === "CHAINED_INVOKE") return "invoke";
  const kind = subType ?? `${type.slice(0, 1)}${type.slice(1).toLowerCase()}`;
  return `${kind.slice(0, 1).toLowerCase()}${kind.slice(1)}`;
}

/** An operation where its place is seen: `step "charge"`. */
export function labelOf(operation: Named): string {
  const { name } = operation;
  return name === undefined ? kindOf(operation) : `${kindOf(operation)} ${JSON.stringify(name)}`;
}

/** The names of operations in texts that do not nest. */
export interface OperationNames {
  /**
   * An operation on its own; one without a name is called after what it belongs to: `step "charge"`,
   * `submitter of "approval"`, `items[2]`, `step in items[2]`.
   */
  title(operation: Operation): string;
  /** With those around it: `trip › items[2] › step "charge"`. */
  path(operation: Operation): string;
  /** As `result.operation(…)` takes it: `trip/items[2]/charge`. */
  address(operation: Operation): string;
  /** All that it takes: an item may have a name of its own as well. */
  addresses(operation: Operation): readonly string[];
}

export function operationNames(tree: OperationTree): OperationNames {
  /** Its name among its siblings, without what it is. */
  const segment = (operation: Operation): string => {
    const parent = tree.parentOf(operation);
    const index = indexOf(operation);
    if (index !== undefined) return `${parent === undefined ? "" : segment(parent)}[${index}]`;
    if (operation.name !== undefined) return operation.name;
    return isSubmitter(operation, parent) ? "submitter" : kindOf(operation);
  };
  /** The operations around one that a path names: not a map whose item says it as well. */
  const around = (operation: Operation): readonly Operation[] => {
    const ancestors = tree.ancestorsOf(operation);
    return ancestors.filter((_, depth) => indexOf(ancestors[depth + 1] ?? operation) === undefined);
  };
  const last = (operation: Operation): string => {
    const { name } = operation;
    if (indexOf(operation) !== undefined || name === undefined) return segment(operation);
    return `${noun(operation)} ${JSON.stringify(name)}`;
  };
  const title = (operation: Operation): string => {
    const parent = tree.parentOf(operation);
    if (operation.name !== undefined || indexOf(operation) !== undefined) return last(operation);
    // It is answered by that name.
    const answersTo = operation.type === "CALLBACK" ? tree.nameOf(operation) : undefined;
    if (answersTo !== undefined) return `callback ${JSON.stringify(answersTo)}`;
    if (parent === undefined) return last(operation);
    if (parent.subType !== "WaitForCallback") return `${kindOf(operation)} in ${owner(parent)}`;
    return `${segment(operation)} of ${owner(parent)}`;
  };
  const owner = (operation: Operation): string => {
    if (indexOf(operation) !== undefined) return segment(operation);
    return operation.name === undefined ? title(operation) : JSON.stringify(operation.name);
  };
  const addresses = (operation: Operation): readonly string[] => {
    const parent = tree.parentOf(operation);
    const own = operation.name ?? segment(operation);
    if (parent === undefined) return [own];
    const position = isItem(operation)
      ? (indexOf(operation) ?? tree.childrenOf(parent).filter(isItem).indexOf(operation))
      : undefined;
    return addresses(parent).flatMap((prefix) => [
      ...(position === undefined ? [] : [`${prefix}[${position}]`]),
      `${prefix}/${own}`,
    ]);
  };
  return {
    path: (operation) => [...around(operation).map(segment), last(operation)].join(" › "),
    address: (operation) => [...around(operation), operation].map(segment).join("/"),
    addresses,
    title,
  };
}

function noun(operation: Operation): string {
  if (operation.subType === "MapIteration") return "item";
  return operation.subType === "ParallelBranch" ? "branch" : kindOf(operation);
}

/** The step that tells the outside world about the callback of a `waitForCallback`. */
function isSubmitter(operation: Operation, parent: Operation | undefined): boolean {
  return operation.type === "STEP" && parent?.subType === "WaitForCallback";
}

/** An item of a map, or a branch of a parallel. */
export function isItem({ subType }: Pick<Operation, "subType">): boolean {
  return subType === "MapIteration" || subType === "ParallelBranch";
}

/** Which item of a map, or branch of a parallel, an operation is, if nobody has given it a name. */
function indexOf({ subType, name = "" }: Operation): number | undefined {
  const pattern =
    subType === "MapIteration"
      ? /^map-item-(\d+)$/
      : subType === "ParallelBranch"
        ? /^parallel-branch-(\d+)$/
        : undefined;
  const index = pattern?.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}
