import type { ObservedOperation, Outcome } from "./observation.ts";
import {
  failedBranch,
  failureInside,
  failureSeenInside,
  type FunctionTree,
  type OutcomeOf,
  takingTime,
} from "./possible.ts";

/** What a test throws at the handler, or at its own fakes. */
const ERROR = `new Error("failed")`;

/** No script sends more. */
const MOST_HEARTBEATS = 100_000;

/**
 * What a test has to say so that an outcome comes about: options of a runner, as they are written; or a call of it.
 * Undefined where no single script does: an operation without a name, a failure that nothing in a context can bring about.
 */
export function coveringScript(
  { operation, outcome }: OutcomeOf,
  tree: FunctionTree,
): string | undefined {
  switch (operation.kind) {
    case "createCallback":
    case "waitForCallback":
      return callbackScript(operation, outcome);
    case "step":
    case "waitForCondition":
      return stepScript(operation, outcome, tree);
    case "invoke":
      return functionScript(operation, outcome);
    default:
      return outerScript(operation, outcome, tree);
  }
}

/** Of what comes out as what is in it does. */
function outerScript(
  operation: ObservedOperation,
  outcome: Outcome,
  tree: FunctionTree,
): string | undefined {
  if (operation.kind === "execution" && outcome === "timeout") return timeoutScript(tree);
  if (outcome === "failure") return scriptOf(failureInside(operation, tree), tree);
  if (outcome === "some failed") return scriptOf(failedBranch(operation, tree), tree);
  if (outcome === "success") {
    const obstacle = failureSeenInside(operation, tree);
    if (obstacle !== undefined) {
      return coveringScript({ operation: obstacle, outcome: "success" }, tree);
    }
    // What has failed it is nothing in it, and nothing that time does.
    if (operation.seen.some((each) => each === "failure" || each === "some failed"))
      return undefined;
  }
  // Time does it: the end of a wait, the timeout of a wait by id, the end of everything.
  return "await runner.runToCompletion();";
}

/** Of the execution, by what takes time in it. */
function timeoutScript(tree: FunctionTree): string | undefined {
  const cause = takingTime(tree);
  // How long an invoked function takes, it says itself.
  if (cause?.kind === "invoke") return undefined;
  const script = cause?.kind === "step" ? stepScript(cause, "retried", tree) : "";
  if (script === undefined) return undefined;
  const options = ["timeout: { seconds: 1 }", ...(script === "" ? [] : [script])].join(", ");
  return `await runner.run(input, { ${options} }); await runner.runToCompletion();`;
}

function scriptOf(cause: OutcomeOf | undefined, tree: FunctionTree): string | undefined {
  return cause && coveringScript(cause, tree);
}

/** By outcome, as far as one can be brought about. */
type Texts = Partial<Readonly<Record<Outcome, string | undefined>>>;

function callbackScript(
  { name, settings }: ObservedOperation,
  outcome: Outcome,
): string | undefined {
  const { timeoutSeconds = Infinity, heartbeatSeconds = Infinity } = settings;
  const late = Math.min(timeoutSeconds, heartbeatSeconds) + 1;
  const answers: Texts = {
    success: "respond.success()",
    failure: `respond.failure(${ERROR})`,
    timeout: silenceUntil(timeoutSeconds, heartbeatSeconds),
    "heartbeat timeout": "respond.never()",
    "late answer": `respond.success().after({ seconds: ${late} })`,
  };
  const answer = answers[outcome];
  return name === undefined || answer === undefined
    ? undefined
    : `callbacks: { ${keyText(name)}: ${answer} }`;
}

/** With signs of life, where a heartbeat timeout would come first. */
function silenceUntil(timeoutSeconds: number, heartbeatSeconds: number): string | undefined {
  if (heartbeatSeconds >= timeoutSeconds) return "respond.never()";
  const seconds = Math.floor(heartbeatSeconds / 2);
  const interval = seconds === 0 ? "{ milliseconds: 500 }" : `{ seconds: ${seconds} }`;
  const times = Math.ceil(timeoutSeconds / (seconds || 0.5));
  if (times > MOST_HEARTBEATS) return undefined;
  return `respond.heartbeatEvery(${interval}).times(${times})`;
}

const ATTEMPTS: Texts = {
  success: "respond.success()",
  failure: `respond.failure(${ERROR})`,
  "given up": `respond.failure(${ERROR})`,
  retried: `[respond.failure(${ERROR})]`,
  interrupted: `[respond.crash("after")]`,
};

function stepScript(
  operation: ObservedOperation,
  outcome: Outcome,
  tree: FunctionTree,
): string | undefined {
  const key = stepKey(operation, tree);
  const attempts = ATTEMPTS[outcome];
  return key === undefined || attempts === undefined
    ? undefined
    : `steps: { ${keyText(key)}: ${attempts} }`;
}

/** By its name; by its path, where that says more. Of items the first one. */
function stepKey({ kind, name, path }: ObservedOperation, tree: FunctionTree): string | undefined {
  const namesakes = tree.operations.filter((other) => other.name === name && other.kind === kind);
  if (name !== undefined && namesakes.length === 1) return name;
  const first = path.replaceAll("[*]", "[0]");
  return first.includes("/") ? first : name;
}

function functionScript({ settings }: ObservedOperation, outcome: Outcome): string | undefined {
  const { functionName = "", durable = false, timeoutSeconds = 1 } = settings;
  const bodies: Texts = {
    success: "({})",
    failure: `{ throw ${ERROR}; }`,
    timeout: `context.wait({ seconds: ${timeoutSeconds + 1} })`,
  };
  const body = bodies[outcome];
  if (body === undefined) return undefined;
  const name = keyText(functionName);
  if (!durable) return `functions: { ${name}: async () => ${body} }`;
  if (outcome !== "timeout") {
    return `durableFunctions: { ${name}: withDurableExecution(async () => ${body}) }`;
  }
  const handler = `withDurableExecution(async (_input, context) => ${body})`;
  return `durableFunctions: { ${name}: { handler: ${handler}, timeout: { seconds: ${timeoutSeconds} } } }`;
}

/** As a key of an object is written. */
function keyText(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}
