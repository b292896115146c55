import type { PlainFunction } from "../handlers.ts";
import { toJson } from "../service/payload.ts";
import type { InvokeTarget } from "../service/state.ts";
import type { InvokeEnd } from "../service/transitions/invoke.ts";
import { describeRejection } from "./answer.ts";
import { lambdaContext } from "./lambda-context.ts";
import type { Sandbox, SandboxEnd } from "./sandbox.ts";

/** A plain function that a handler has invoked. */
export interface FunctionCall {
  readonly function: PlainFunction;
  readonly target: InvokeTarget;
  readonly requestId: string;
}

/**
 * Calls a plain function as Lambda would run it: alone, and not for ever.
 *
 * @returns What it means for the invoke. A function that returns nothing answers null.
 * @throws What is wrong with the test, and not with the function.
 */
export async function callFunction(call: FunctionCall, sandbox: Sandbox): Promise<InvokeEnd> {
  const { target, requestId } = call;
  const { functionName, tenantId } = target;
  const context = lambdaContext({ functionName, tenantId, requestId, limit: sandbox.limit });
  const end = await sandbox.run(async () =>
    call.function(JSON.parse(target.payload ?? "{}"), context),
  );
  if (end.kind === "failed") throw end.error;
  return endOfCall(end, target.functionName);
}

function endOfCall(
  end: Exclude<SandboxEnd, { readonly kind: "failed" }>,
  functionName: string,
): InvokeEnd {
  switch (end.kind) {
    case "answered":
      try {
        const result = toJson(end.output ?? null, `What the function "${functionName}" returned`);
        return { status: "SUCCEEDED", result };
      } catch (error) {
        return { status: "FAILED", error: describeRejection(error) };
      }
    case "rejected":
      return { status: "FAILED", error: describeRejection(end.error) };
    case "died":
      return {
        status: end.error.ErrorType === "Sandbox.Timedout" ? "TIMED_OUT" : "FAILED",
        error: end.error,
      };
    case "abandoned":
    case "replayed":
      // Only an execution can be.
      throw new Error(`The call of "${functionName}" was abandoned.`);
  }
}
