import { remembering } from "./remembering.ts";

// Not imported: see surroundings/builtins.ts.
const { hash } = process.getBuiltinModule("node:crypto");

const ARN_PREFIX = "arn:aws:lambda:us-east-1:123456789012:function";

/** The version under which every function runs here. */
export const FUNCTION_VERSION = "$LATEST";

/**
 * The text under which a function is known. It is found by that very text; otherwise by its name alone,
 * when one of the two says more than the name (an account, a version) and no other function has it.
 *
 * @param functionName - as a handler says it: `payments`, `payments:live`, or an ARN.
 */
export function findFunction(functionName: string, known: readonly string[]): string | undefined {
  if (known.includes(functionName)) return functionName;
  const wanted = partsOf(functionName);
  const close = known.filter((text) => {
    const { name, qualifier } = partsOf(text);
    return (
      name === wanted.name &&
      (qualifier === wanted.qualifier || qualifier === undefined || wanted.qualifier === undefined)
    );
  });
  return close.length === 1 ? close[0] : undefined;
}

/** `payments` and `live` of `arn:aws:lambda:us-east-1:123456789012:function:payments:live`. */
function partsOf(functionName: string): {
  readonly name: string;
  readonly qualifier: string | undefined;
} {
  const [, text = functionName] = functionName.split(":function:");
  const [name = text, qualifier] = text.split(":");
  return { name, qualifier };
}

/** `payments` of `arn:aws:lambda:us-east-1:123456789012:function:payments:live`. */
export function plainName(functionName: string): string {
  return partsOf(functionName).name;
}

/** The ARN by which a function is invoked, with the alias or version that it was invoked by. */
export function functionArn(functionName: string): string {
  const { name, qualifier } = partsOf(functionName);
  return `${ARN_PREFIX}:${name}${qualifier === undefined ? "" : `:${qualifier}`}`;
}

/**
 * The ARN of an execution, the same on every run.
 *
 * @param cause - what it was started by: unique in a runner.
 */
export function executionArn(functionName: string, cause: string): string {
  const id = uuidOf(`execution ${cause}`);
  return `${ARN_PREFIX}:${plainName(functionName)}:${FUNCTION_VERSION}/durable-execution/test/${id}`;
}

/**
 * The request id of an invocation: a UUID, as Lambda's are, the same on every run.
 *
 * @param number - its place among the invocations of the execution, from 1.
 */
export function requestId(arn: string, number: number): string {
  return randomUuidOf(`invocation ${number} of ${arn}`);
}

const uuidOf = remembering((text) => inGroups(hash("md5", text)));

/** One of random numbers says so of itself: version 4, variant 1. */
const randomUuidOf = remembering((text) => {
  const digits = hash("md5", text);
  return inGroups(`${digits.slice(0, 12)}4${digits.slice(13, 16)}a${digits.slice(17)}`);
});

function inGroups(digits: string): string {
  const starts = [0, 8, 12, 16, 20];
  return starts.map((from, index) => digits.slice(from, starts[index + 1])).join("-");
}
