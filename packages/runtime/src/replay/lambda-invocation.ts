import { NotDurableInvocationError } from "../errors.ts";
import type { LambdaContext } from "../lambda-context.ts";
import { durableLogger, type Logger, type LogMetadata, type LogPlace } from "../logger.ts";

/**
 * What Lambda passed to one invocation, and where it logs.
 *
 * Does not own: whether it replays (`execution.ts`), where code runs (`innermost.ts`).
 */
export class LambdaInvocation {
  readonly #context: Partial<LambdaContext> | undefined;
  readonly #logger: Logger;
  readonly #logWhileReplaying: boolean;
  readonly #metadata: LogMetadata;

  constructor(options: {
    readonly executionArn: string;
    readonly lambdaContext: unknown;
    readonly logger: Logger;
    readonly logWhileReplaying: boolean;
  }) {
    const { executionArn, lambdaContext } = options;
    this.#context =
      typeof lambdaContext === "object" && lambdaContext !== null ? lambdaContext : undefined;
    this.#logger = options.logger;
    this.#logWhileReplaying = options.logWhileReplaying;
    const { awsRequestId = "", tenantId } = this.#context ?? {};
    this.#metadata = {
      executionArn,
      requestId: awsRequestId,
      ...(tenantId !== undefined && { tenantId }),
    };
  }

  /** @throws NotDurableInvocationError when the handler was invoked without one. */
  get context(): LambdaContext {
    if (this.#context !== undefined) return this.#context as LambdaContext;
    throw new NotDurableInvocationError(
      "The handler was invoked without a Lambda context: whoever calls it must hand on both arguments, (event, lambdaContext).",
    );
  }

  /** The user's logger, as code at a place sees it: silent while it replays, unless it never does. */
  loggerAt(place: () => LogPlace, isReplaying: () => boolean = () => false): Logger {
    return durableLogger(this.#logger, {
      isSilent: () => !this.#logWhileReplaying && isReplaying(),
      metadata: () => ({ ...this.#metadata, ...place() }),
    });
  }
}
