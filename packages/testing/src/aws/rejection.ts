import { asError } from "@durabletest/runtime/protocol";
import {
  FunctionNotRegisteredError,
  HandlerRejectedError,
  InvalidHandlerError,
} from "../errors.ts";

/** What AWS's runner would reject with. */
export function translated(thrown: unknown): unknown {
  if (HandlerRejectedError.is(thrown) || InvalidHandlerError.is(thrown)) {
    return thrown.cause ?? thrown;
  }
  if (!FunctionNotRegisteredError.is(thrown)) return asError(thrown);
  const name = JSON.stringify(thrown.functionName);
  return new Error(
    `No function found for function name ${thrown.functionName}. Register it: runner.registerDurableFunction(${name}, handler), or runner.registerFunction(${name}, handler) for a plain one.`,
    { cause: thrown },
  );
}
