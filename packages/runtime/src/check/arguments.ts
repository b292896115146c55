import { describeValue } from "../describe-value.ts";
import { InvalidArgumentError } from "../errors.ts";
import { ServiceLimits } from "../protocol/limits.ts";

/** The arguments of the context's methods: which is which, and what is wrong with them. */

/** What the service takes in no name; the Lambda API's pattern is `[\x20-\x7E]+`. */
const UNPRINTABLE = /[^\x20-\x7E]/u;

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** @throws InvalidArgumentError for what is no name of an operation. */
export function checkedName(where: string, name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name === "string" && name.length > 0 && name.length <= ServiceLimits.nameLength) {
    const refused = UNPRINTABLE.exec(name)?.[0];
    if (refused === undefined) return name;
    throw new InvalidArgumentError(
      `${where}: the name ${describeValue(name)} has the character ${JSON.stringify(refused)} (${codePoint(refused)}). The service takes printable ASCII: letters, digits, spaces and punctuation.`,
    );
  }
  throw new InvalidArgumentError(
    `${where}: the name ${describeValue(name)} is no text of 1 to ${ServiceLimits.nameLength} characters.`,
  );
}

export function callbackIdOf(target: unknown): string {
  if (typeof target === "string") return target;
  if (typeof target === "object" && target !== null && "callbackId" in target) {
    if (typeof target.callbackId === "string") return target.callbackId;
  }
  throw new InvalidArgumentError(
    `waitForCallback: ${describeValue(target)} is no callback, callback id, or submitter function.`,
  );
}

/** The leading name is optional: `(fn)`, `("name", fn)` and `(undefined, fn)` are the same but for it. */
export function namedArguments(
  method: string,
  args: readonly unknown[],
): readonly [name: string | undefined, second: unknown, third: unknown, fourth: unknown] {
  const [first, second, third, fourth] = args;
  if (typeof first === "string" || (first === undefined && args.length > 1)) {
    return [checkedName(method, first), second, third, fourth];
  }
  return [undefined, first, second, third];
}

export function functionArgument<F>(
  method: string,
  value: unknown,
  args = "name?, function, config?",
): F {
  if (typeof value === "function") return value as F;
  throw new InvalidArgumentError(
    `${method}: ${describeValue(value)} is no function. Call it as ${method}(${args}).`,
  );
}

export function listArgument<T>(method: string, value: unknown, what: string): readonly T[] {
  if (Array.isArray(value)) return value as readonly T[];
  throw new InvalidArgumentError(
    `${method}: the ${what} ${describeValue(value)} are no array. Call it as ${method}(name?, ${what}, …).`,
  );
}

export function functionNameArgument(name: unknown): string {
  if (typeof name === "string" && name.length > 0 && name.length <= ServiceLimits.nameLength) {
    return name;
  }
  throw new InvalidArgumentError(
    `invoke: the function name ${describeValue(name)} is no text of 1 to ${ServiceLimits.nameLength} characters. Call it as invoke(functionName, input, config?).`,
  );
}

/** For messages: `step`, or `step "charge"`. */
export const called = (method: string, name: string | undefined) => (): string =>
  name === undefined ? method : `${method} ${JSON.stringify(name)}`;
