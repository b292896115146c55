import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";

/**
 * A moment that is not over yet, in virtual epoch milliseconds.
 *
 * @param what - for the message: who was given it.
 * @throws InvalidArgumentError
 */
export function checkMoment(time: Date, now: Date, what: string): number {
  const target = Object.prototype.toString.call(time) === "[object Date]" ? Number(time) : NaN;
  if (Number.isNaN(target)) {
    throw new InvalidArgumentError(`${what}: ${describeValue(time)} is no valid Date.`);
  }
  if (target >= now.getTime()) return target;
  throw new InvalidArgumentError(
    `${what}: ${time.toISOString()} is in the past; it is ${now.toISOString()}. Time does not go back.`,
  );
}
