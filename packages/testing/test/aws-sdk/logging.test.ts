import type { DurableContext, DurableLogger } from "@aws/durable-execution-sdk-js";
import { onEverySdk } from "./support/on-every-sdk.ts";

/** A logger that keeps its lines. */
const keeping = (lines: string[]): DurableLogger => {
  const at =
    (level: string) =>
    (...data: readonly unknown[]): void => {
      lines.push(`${level} ${data.join(" ")}`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
};

onEverySdk("a line is logged once, however often the handler is replayed", {
  handler: (sdk) => {
    const lines: string[] = [];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      context.configureLogger({ customLogger: keeping(lines) });
      context.logger.info("begin");
      await context.step("work", async ({ logger }) => logger.debug("in the step"));
      context.logger.warn("after the step");
      await context.wait({ hours: 1 });
      context.logger.error("after the wait");
      await context.runInChildContext("child", async (child) => {
        child.logger.info("in the child");
        await child.wait({ hours: 1 });
        child.logger.info("in the child, later");
      });
      context.logger.info("end");
      return lines;
    });
  },
  expected: {
    result: [
      "info begin",
      "debug in the step",
      "warn after the step",
      "error after the wait",
      // A child context that has not ended does not replay, to this SDK: it runs.
      "info in the child",
      "info in the child",
      "info in the child, later",
      "info end",
    ],
    invocations: ["PENDING", "PENDING", "SUCCEEDED"],
  },
});

onEverySdk("each line is logged each time, if that is asked for", {
  handler: (sdk) => {
    const lines: string[] = [];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      context.configureLogger({ customLogger: keeping(lines), modeAware: false });
      context.logger.info("begin");
      await context.wait({ hours: 1 });
      context.logger.info("end");
      return lines;
    });
  },
  expected: { result: ["info begin", "info begin", "info end"] },
});

onEverySdk("what a logger is told of where it logs", {
  handler: (sdk) => {
    const seen: unknown[] = [];
    return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      let where: () => unknown = () => undefined;
      const note = (): void => void seen.push(where());
      const customLogger: DurableLogger = {
        debug: note,
        info: note,
        warn: note,
        error: note,
        configureDurableLoggingContext: ({ getDurableLogData }) => {
          where = () => {
            const { executionArn, operationId, attempt } = getDurableLogData();
            const known = executionArn === context.executionContext.durableExecutionArn;
            return [known, typeof operationId, attempt];
          };
        },
      };
      context.configureLogger({ customLogger });
      context.logger.info("outside");
      await context.step("work", async ({ logger }) => logger.info("inside"));
      return seen;
    });
  },
  expected: {
    result: [
      [true, "undefined", null],
      [true, "string", 1],
    ],
  },
});
