import type {
  AnyDurableLambdaHandler,
  DurableResult,
  DurableTestRunner,
} from "@durabletest/testing";
import {
  ReplayDivergedError,
  type RequestedOperation,
  replayHistory,
} from "@durabletest/testing/replay";
import type { Handlers } from "./play.ts";
import type { DivergenceView } from "./views.ts";

/** A history and the newest code part, in an execution or in one that it has invoked. */
export class HistoryDivergedIn extends Error {
  override readonly name = "HistoryDivergedIn";
  readonly view: DivergenceView;

  constructor(view: DivergenceView, cause: ReplayDivergedError) {
    super(view.message, { cause });
    this.view = view;
  }

  static is(error: unknown): error is HistoryDivergedIn {
    return error instanceof HistoryDivergedIn;
  }
}

/**
 * Holds code against the history of an execution, and against those of the executions that it has invoked and that
 * have not ended. Nothing is run.
 *
 * @throws HistoryDivergedIn; what else `replayHistory` throws.
 */
export async function replayAll(
  runner: DurableTestRunner,
  handler: AnyDurableLambdaHandler,
  handlers: Handlers,
): Promise<void> {
  const replay = async (
    result: DurableResult<unknown>,
    code: AnyDurableLambdaHandler,
    where: string,
  ): Promise<void> => {
    try {
      await replayHistory(code, result.history);
    } catch (error) {
      if (ReplayDivergedError.is(error)) throw new HistoryDivergedIn(viewOf(error, where), error);
      throw error;
    }
    for (const operation of result.operations) {
      if (operation.type !== "CHAINED_INVOKE" || operation.endedAt !== undefined) continue;
      const invoked = handlers.get(operation.functionName);
      const { executionArn, functionName } = operation;
      if (executionArn === undefined || invoked === undefined) continue;
      await replay(runner.execution(executionArn), invoked, `In ${functionName}: `);
    }
  };
  await replay(runner.result, handler, "");
}

function viewOf(error: ReplayDivergedError, where: string): DivergenceView {
  return {
    message: `${where}${error.message}`,
    event: `${where}event ${error.eventId}, ${error.eventType}`,
    recorded: operationText(error.recorded),
    requested: operationText(error.requested),
    callSite: error.callSite,
  };
}

function operationText(operation: RequestedOperation | undefined): string | undefined {
  if (operation === undefined) return undefined;
  const kind = operation.subType ?? operation.type;
  return operation.name === undefined ? kind : `${kind} "${operation.name}"`;
}
