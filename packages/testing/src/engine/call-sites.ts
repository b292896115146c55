import { isDurableHandler, type ServiceClient } from "@durabletest/runtime";
import { executionOperation } from "../service/service.ts";
import { natives } from "../surroundings/natives.ts";
import { endScope, openScope, runInScope } from "../surroundings/open-scope.ts";
import type { Execution } from "./execution.ts";
import { callHandler } from "./handler-call.ts";
import { lambdaContext } from "./lambda-context.ts";
import { Sandbox, type SandboxOptions } from "./sandbox.ts";

/** Turns of the event loop in which a handler gets to all of its operations. */
const TURNS = 3;

/**
 * Where the handler of an execution called its operations, by their ids; of handlers of our runtime. Stacks
 * are too dear to be taken at every call: the handler is replayed once more, with nobody to record
 * anything and no step running.
 */
export async function callSites(
  execution: Execution,
  ports: Pick<SandboxOptions, "clock" | "running">,
): Promise<ReadonlyMap<string, string>> {
  const sites = new Map<string, string>();
  const { state } = execution;
  const { functionName, handler, timeoutSeconds } = execution.function;
  if (!isDurableHandler(handler)) return sites;
  const client: ServiceClient = {
    checkpoint: () => new Promise(() => {}),
    getExecutionState: () => new Promise(() => {}),
    logged: () => true,
    operationCalled: (operationId, callSite) => sites.set(operationId, callSite),
  };
  const input = {
    DurableExecutionArn: state.arn,
    CheckpointToken: "",
    InitialExecutionState: {
      Operations: [executionOperation(state), ...state.replayable.values()],
    },
  };
  const host = new Sandbox({
    ...ports,
    globals: "real",
    random: () => execution.random(),
    timeoutSeconds,
  });
  const context = lambdaContext({ functionName, requestId: state.arn, limit: host.limit });
  const scope = openScope(host);
  runInScope(scope, () => callHandler(handler, input, { client, lambdaContext: context })).catch(
    () => {},
  );
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise<void>((resolve) => {
      natives.setImmediate(resolve);
    });
  }
  endScope(scope);
  return sites;
}
