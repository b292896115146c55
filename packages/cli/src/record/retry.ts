import { asError } from "@durabletest/runtime/protocol";
import { ServiceError } from "../errors.ts";
import type { Io } from "../io.ts";

const ATTEMPTS = 8;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 20_000;

/**
 * Asks the service, and again when it is asked too often or has trouble of its own, each time after twice as long.
 *
 * @throws ServiceError
 */
export async function askingAgain<Answer>(
  ask: () => Promise<Answer>,
  { sleep }: Pick<Io, "sleep">,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (thrown) {
      const error = asError(thrown);
      if (attempt === ATTEMPTS || !mayPass(error)) throw serviceError(error, attempt);
      await sleep(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)));
    }
  }
}

/** Whether the same question may get an answer later. */
function mayPass(error: Error): boolean {
  const status = statusOf(error);
  return (
    /Throttl|TooManyRequests|RequestLimit|Timeout|ServiceUnavailable|ServiceException$/.test(
      error.name,
    ) ||
    status === 429 ||
    (status !== undefined && status >= 500) ||
    codeOf(error) === "ECONNRESET"
  );
}

function statusOf(error: object): number | undefined {
  if (!("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata))
    return undefined;
  const { httpStatusCode: status } = metadata;
  return typeof status === "number" ? status : undefined;
}

function codeOf(error: object): string {
  return "code" in error ? String(error.code) : "";
}

function serviceError(cause: Error, attempts: number): ServiceError {
  const { name, message } = cause;
  const times = attempts === 1 ? "" : `, ${attempts} times`;
  return new ServiceError(
    `AWS answers${times}: ${name}: ${(message || codeOf(cause)).replace(/\.$/, "")}.${adviceOn(cause)}`,
    { cause },
  );
}

function adviceOn(error: Error): string {
  if (/ResourceNotFound/.test(error.name)) {
    return " Are the name, the region and the account right?";
  }
  if (/AccessDenied|Unrecognized|InvalidSignature|ExpiredToken|Credentials/.test(error.name)) {
    return " It takes credentials that are allowed lambda:ListDurableExecutionsByFunction, lambda:GetDurableExecution and lambda:GetDurableExecutionHistory.";
  }
  if (/Region is missing/i.test(error.message)) return " Name one with --region, or in AWS_REGION.";
  if (/ECONNREFUSED|ENOTFOUND/.test(codeOf(error)))
    return " Is the endpoint right, and does it listen?";
  return "";
}
