import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue, isEnded } from "@durabletest/runtime/protocol";
import { CallbackNotFoundError, OperationNotFoundError } from "../errors.ts";
import { nearMisses } from "../input/near-misses.ts";
import type { CallbackOperation, Operation, StepOperation } from "../operation.ts";
import { operationNames } from "./names.ts";
import { type OperationTree, operationTree } from "./tree.ts";

/** Which one is wanted: by name or path, and where several have it, by their order of start. */
interface Wanted {
  readonly name: string;
  readonly index: number | undefined;
}

/** @throws OperationNotFoundError */
export function findOperation(operations: readonly Operation[], wanted: Wanted): Operation {
  return findIn(operations, operations, wanted, "operation");
}

/** @throws OperationNotFoundError */
export function findStep(operations: readonly Operation[], wanted: Wanted): StepOperation {
  const steps = operations.filter((operation) => operation.type === "STEP");
  return findIn(operations, steps, wanted, "step");
}

/**
 * A callback by the name it answers to.
 *
 * @throws CallbackNotFoundError
 */
export function findCallback(operations: readonly Operation[], wanted: Wanted): CallbackOperation {
  const tree = operationTree(operations);
  const callbacks = operations.filter((operation) => operation.type === "CALLBACK");
  return choose({
    ...wanted,
    what: "callback",
    having: callbacks.filter((callback) => tree.nameOf(callback) === wanted.name),
    names: () => callbacks.flatMap((callback) => tree.nameOf(callback) ?? []),
    fail: (message) => new CallbackNotFoundError(message),
  });
}

/**
 * The one of a name: the one with the index; without an index the only open one, else the last.
 *
 * @throws What `fail` makes of a message.
 */
export function choose<Kind extends Operation>({
  what,
  name,
  index,
  having,
  names,
  fail,
}: Wanted & {
  readonly what: string;
  /** Those that have the name. */
  readonly having: readonly Kind[];
  /** The names there are. */
  readonly names: () => readonly string[];
  readonly fail: (message: string) => Error;
}): Kind {
  if (typeof name !== "string" || name === "") {
    throw new InvalidArgumentError(`${what}: ${describeValue(name)} is no name.`);
  }
  const open = having.filter(({ status }) => !isEnded(status));
  const quoted = JSON.stringify(name);
  if (index === undefined && open.length > 1) {
    throw fail(
      `${open.length} open ${what}s are called ${quoted}. Say which, in order of start: ${what}(${quoted}, 0) to ${what}(${quoted}, ${having.length - 1}).`,
    );
  }
  const found = index === undefined ? (open[0] ?? having.at(-1)) : having[index];
  if (found !== undefined) return found;
  if (having.length > 0) {
    throw fail(
      `There is no ${what} ${quoted} number ${index}: ${having.length} of that name ${having.length === 1 ? "has" : "have"} started, and they count from 0.`,
    );
  }
  const known = names();
  const near = known.length === 0 ? ` No ${what} has.` : nearMisses(name, known);
  throw fail(`No ${what} ${quoted} has started.${near}`);
}

function findIn<Kind extends Operation>(
  all: readonly Operation[],
  candidates: readonly Kind[],
  wanted: Wanted,
  what: string,
): Kind {
  return choose({
    ...wanted,
    what,
    having: havingName(all, candidates, wanted.name),
    names: () => namesLike(all, candidates, wanted.name),
    fail: (message) => new OperationNotFoundError(message),
  });
}

/** Those of a name, else those at that path. */
export function havingName<Kind extends Operation>(
  all: readonly Operation[],
  candidates: readonly Kind[],
  name: string,
): readonly Kind[] {
  const named = candidates.filter((candidate) => candidate.name === name);
  return named.length > 0 ? named : candidates.filter(isAt(operationTree(all), name));
}

/** The names of operations; if a path is wanted, paths as deep as it is. */
export function namesLike(
  all: readonly Operation[],
  candidates: readonly Operation[],
  wanted: string,
): readonly string[] {
  const depth = wanted.split("/").length;
  if (depth === 1) return candidates.flatMap(({ name }) => name ?? []);
  const names = operationNames(operationTree(all));
  return candidates.map((operation) => names.address(operation).split("/").slice(-depth).join("/"));
}

/** Whether operations stand at a path: `fulfil/charge`, `items[2]/charge`, from the root or from any operation. */
function isAt(tree: OperationTree, path: string): (operation: Operation) => boolean {
  const names = operationNames(tree);
  return (operation) =>
    names.addresses(operation).some((address) => address === path || address.endsWith(`/${path}`));
}
