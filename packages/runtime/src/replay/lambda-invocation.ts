import { NotDurableInvocationError } from "../errors.ts";
import type { LambdaContext } from "../lambda-context.ts";
import {
  durableLogger,
  type LoggedLine,
  type Logger,
  type LogMetadata,
  type LogPlace,
} from "../logger.ts";

/**
 * What Lambda passed to one invocation, and where it logs.
 *
 * Does not own: whether it replays (`execution.ts`), where code runs (`innermost.ts`).
 */
export class LambdaInvocation {
  readonly #context: Partial<LambdaContext> | undefined;
  readonly #logger: Logger | undefined;
  readonly #logged: ((line: LoggedLine) => boolean) | undefined;
  readonly #logWhileReplaying: boolean;
  readonly #metadata: LogMetadata;

  constructor(options: {
    readonly executionArn: string;
    readonly lambdaContext: unknown;
    /** The user's own. */
    readonly logger: Logger | undefined;
    /** Who is asked before a line goes to the console. */
    readonly logged: ((line: LoggedLine) => boolean) | undefined;
    readonly logWhileReplaying: boolean;
  }) {
    const { executionArn, lambdaContext } = options;
    this.#context =
      typeof lambdaContext === "object" && lambdaContext !== null ? lambdaContext : undefined;
    this.#logger = options.logger;
    this.#logged = options.logged;
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

  /** The logger, as code at a place sees it: silent while it replays, unless it never does. */
  loggerAt(place: () => LogPlace, isReplaying: () => boolean = () => false): Logger {
    return durableLogger((line) => this.#write(line), {
      isSilent: !this.#logWhileReplaying,
      isReplaying,
      metadata: () => ({ ...this.#metadata, ...place() }),
    });
  }

  #write(line: LoggedLine): void {
    // A logger of the user's own gets everything that is said; nobody comes between.
    if (this.#logger === undefined && this.#logged?.(line) === true) return;
    (this.#logger ?? console)[line.level](...line.data, line.metadata);
  }
}
