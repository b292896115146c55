import {
  FAILURES,
  type ObservedOperation,
  operationKey,
  type Outcome,
  OUTCOMES,
  outcomeKey,
} from "./observation.ts";

/** The operations of a function, as the tree they are. */
export interface FunctionTree {
  readonly operations: readonly ObservedOperation[];
  readonly childrenOf: (operation: ObservedOperation) => readonly ObservedOperation[];
}

/** An outcome of an operation. */
export interface OutcomeOf {
  readonly operation: ObservedOperation;
  readonly outcome: Outcome;
}

export function functionTree(operations: readonly ObservedOperation[]): FunctionTree {
  const children = new Map<string, ObservedOperation[]>();
  for (const operation of operations) {
    const { parent, path } = operation;
    // What is in another one has a longer path. A file may say anything.
    if (parent === undefined || parent.length - parent.indexOf(" ") - 1 >= path.length) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [operation]);
    else siblings.push(operation);
  }
  return {
    operations,
    childrenOf: (operation) => children.get(operationKey(operation)) ?? [],
  };
}

/**
 * The outcomes that an operation can have, given its settings and what has been seen of it: what has come of it, can.
 * A retry strategy is the handler's own, and nobody else knows it: as SDKs do by default, a step is taken to be tried
 * again, until it was seen to fail without that.
 */
export function possibleOutcomes(
  operation: ObservedOperation,
  tree: FunctionTree,
): readonly Outcome[] {
  const possible = new Set([...bySettings(operation, tree), ...seenOutcomes(operation)]);
  return OUTCOMES.filter((outcome) => possible.has(outcome));
}

/** What has come of an operation, as it is called there: a step that is retried does not fail, it is given up. */
export function seenOutcomes({ kind, seen }: ObservedOperation): readonly Outcome[] {
  if (kind !== "step" || !seen.includes("retried")) return seen;
  return seen.map((outcome) => (outcome === "failure" ? "given up" : outcome));
}

function bySettings(operation: ObservedOperation, tree: FunctionTree): readonly Outcome[] {
  const { kind, seen, settings } = operation;
  const hasTimeout = settings.timeoutSeconds !== undefined;
  switch (kind) {
    case "createCallback":
    case "waitForCallback":
      return callbackOutcomes(operation);
    case "callbackWait":
      return ["success", "timeout"];
    case "step":
      return seen.includes("failure") && !seen.includes("retried")
        ? ["success", "failure", "interrupted"]
        : ["success", "retried", "given up", "interrupted"];
    case "waitForCondition":
      return ["success", "failure", "polled again", "interrupted"];
    case "wait":
      return ["success"];
    case "invoke":
      return ["success", "failure", ...(hasTimeout ? (["timeout"] as const) : [])];
    case "execution": {
      const canFail = failureInside(operation, tree) !== undefined;
      const takesTime = takingTime(tree) !== undefined;
      return [
        "success",
        ...(canFail ? (["failure"] as const) : []),
        ...(hasTimeout && takesTime ? (["timeout"] as const) : []),
      ];
    }
    case "map":
    case "parallel":
      return failedBranch(operation, tree) === undefined ? ["success"] : ["success", "some failed"];
    default:
      return failureInside(operation, tree) === undefined ? ["success"] : ["success", "failure"];
  }
}

/** Without any of them, and without what {@link takingTime} looks for besides, an execution is over at once. */
const TAKING_TIME: ReadonlySet<string> = new Set([
  "wait",
  "createCallback",
  "waitForCallback",
  "callbackWait",
  "waitForCondition",
]);

/** What can take time in an execution: something that does by itself, if there is any. */
export function takingTime({ operations }: FunctionTree): ObservedOperation | undefined {
  return (
    operations.find(({ kind }) => TAKING_TIME.has(kind)) ??
    operations.find(({ kind, seen }) => kind === "step" && seen.includes("retried")) ??
    operations.find(({ kind, settings }) => kind === "invoke" && settings.durable === true)
  );
}

function callbackOutcomes({ settings }: ObservedOperation): readonly Outcome[] {
  const hasTimeout = settings.timeoutSeconds !== undefined;
  const hasHeartbeat = settings.heartbeatSeconds !== undefined;
  return [
    "success",
    "failure",
    ...(hasTimeout ? (["timeout"] as const) : []),
    ...(hasHeartbeat ? (["heartbeat timeout"] as const) : []),
    ...(hasTimeout || hasHeartbeat ? (["late answer"] as const) : []),
  ];
}

/**
 * The first thing in a context, or an execution, that could fail it: one that can fail, and that was not seen to fail
 * while what is around it went on.
 */
export function failureInside(
  operation: ObservedOperation,
  tree: FunctionTree,
): OutcomeOf | undefined {
  for (const child of tree.childrenOf(operation)) {
    const possible = new Set(possibleOutcomes(child, tree));
    if (possible.has("given up")) possible.add("failure");
    const outcome = FAILURES.find(
      (each) => possible.has(each) && !operation.caught.includes(outcomeKey(child, each)),
    );
    if (outcome !== undefined) return { operation: child, outcome };
  }
  return undefined;
}

/** The first thing in a context, or an execution, that has failed it; in a batch, the first branch that has failed. */
export function failureSeenInside(
  operation: ObservedOperation,
  tree: FunctionTree,
): ObservedOperation | undefined {
  const isCaught = (child: ObservedOperation, outcome: Outcome): boolean =>
    // A batch goes on by itself.
    !isBatch(operation) && operation.caught.includes(outcomeKey(child, outcome));
  return tree
    .childrenOf(operation)
    .find((child) => FAILURES.some((each) => child.seen.includes(each) && !isCaught(child, each)));
}

function isBatch({ kind }: ObservedOperation): boolean {
  return kind === "map" || kind === "parallel";
}

/** The first thing that could fail a branch of a map, or a parallel. */
export function failedBranch(
  operation: ObservedOperation,
  tree: FunctionTree,
): OutcomeOf | undefined {
  for (const branch of tree.childrenOf(operation)) {
    const isBranch = branch.kind === "mapIteration" || branch.kind === "parallelBranch";
    const failure = isBranch ? failureInside(branch, tree) : undefined;
    if (failure !== undefined) return failure;
  }
  return undefined;
}
