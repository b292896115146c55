import { describeValue } from "@durabletest/runtime/protocol";
import { FunctionNotRegisteredError } from "../errors.ts";
import type { DurableFunction, Functions, PlainFunction } from "../handlers.ts";
import { nearMisses } from "../input/near-misses.ts";
import { findFunction } from "../service/function-name.ts";

/** @throws FunctionNotRegisteredError */
export function getFunction(
  { durable, plain }: Functions,
  functionName: string,
): DurableFunction | PlainFunction {
  const known = [...durable.keys(), ...plain.keys()];
  const text = findFunction(functionName, known) ?? "";
  const found = durable.get(text) ?? plain.get(text);
  if (found !== undefined) return found;
  const quoted = describeValue(functionName);
  throw new FunctionNotRegisteredError(
    functionName,
    [
      `The handler invokes the function ${quoted}, which the runner does not know.${nearMisses(functionName, known)} Give it as an option of the runner:`,
      `  durableFunctions: { ${quoted}: handler }`,
      `  functions: { ${quoted}: (input) => result }   // a plain one`,
      `With AWS's SDK, invoke("a", "b") means the operation "a" and the function "b": to send a text, name the operation.`,
    ].join("\n"),
  );
}
