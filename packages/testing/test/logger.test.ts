import {
  createRetryStrategy,
  createWaitStrategy,
  type DurableContext,
  type Logger,
  type LogMetadata,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";

/** What a handler logs: the line, and where it says it was logged. */
const logged = async (
  body: (context: DurableContext) => Promise<unknown>,
  options: ConstructorParameters<typeof DurableTestRunner>[1] = {},
) => {
  const lines: { readonly line: unknown; readonly where: LogMetadata }[] = [];
  const write = (...data: readonly unknown[]): void => {
    lines.push({ line: data.slice(0, -1), where: data.at(-1) as LogMetadata });
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const handler = withDurableExecution((_: unknown, context) => body(context), { logger });
  const result = await new DurableTestRunner<unknown>(handler, options).run({});
  const operationId = (name: string) => result.operations.find((one) => one.name === name)?.id;
  return { lines, result, operationId };
};

describe("the last argument of a logger", () => {
  test("says which execution and which invocation, for every level", async () => {
    let arn = "";
    const requestIds: string[] = [];
    const { lines } = await logged(async (context) => {
      arn = context.executionArn;
      requestIds.push(context.lambdaContext.awsRequestId);
      context.logger.debug("one", { n: 1 });
      context.logger.info();
      await context.wait({ seconds: 1 });
      context.logger.warn("three");
      context.logger.error("four");
    });
    expect(lines.map(({ line }) => line)).toEqual([["one", { n: 1 }], [], ["three"], ["four"]]);
    expect(lines.map(({ where }) => where)).toEqual([
      { executionArn: arn, requestId: requestIds[0] },
      { executionArn: arn, requestId: requestIds[0] },
      { executionArn: arn, requestId: requestIds[1] },
      { executionArn: arn, requestId: requestIds[1] },
    ]);
    expect(requestIds[0]).not.toBe(requestIds[1]);
  });

  test("says which step, and which attempt, whichever context the logger came from", async () => {
    const { lines, operationId } = await logged((context) =>
      context.step(
        "charge",
        (step) => {
          step.logger.info("the step's");
          context.logger.info("the handler's");
          if (step.attempt < 2) throw new Error("again");
        },
        { retryStrategy: createRetryStrategy({ jitter: "NONE" }) },
      ),
    );
    const operation = { operationId: operationId("charge"), operationName: "charge" };
    expect(lines.map(({ line, where }) => [line, where])).toEqual([
      [["the step's"], expect.objectContaining({ ...operation, attempt: 1 })],
      [["the handler's"], expect.objectContaining({ ...operation, attempt: 1 })],
      [["the step's"], expect.objectContaining({ ...operation, attempt: 2 })],
      [["the handler's"], expect.objectContaining({ ...operation, attempt: 2 })],
    ]);
  });

  test("says which child context, and leaves out what is not there", async () => {
    const { lines, operationId } = await logged(async (context) => {
      await context.runInChildContext("child", async (child) => {
        child.logger.info("in the child");
        context.logger.info("in the child");
        await child.runInChildContext(async (unnamed) => unnamed.logger.info("without a name"));
      });
      context.logger.info("at the top");
    });
    const common = {
      executionArn: expect.any(String) as string,
      requestId: expect.any(String) as string,
    };
    const inChild = { ...common, operationId: operationId("child"), operationName: "child" };
    expect(lines.map(({ where }) => where)).toStrictEqual([
      inChild,
      inChild,
      { ...common, operationId: expect.any(String) as string },
      common,
    ]);
  });

  test("says which item of a map; one without a record of its own is the map's", async () => {
    const log = async (child: DurableContext) => {
      child.logger.info("item");
    };
    const { lines } = await logged(async (context) => {
      await context.map("nested", [1], log);
      await context.map("flat", [1], log, { nesting: "FLAT" });
    });
    expect(lines.map(({ where }) => where.operationName)).toEqual(["map-item-0", "flat"]);
  });

  test("says which check of a condition, and that a submitter is at work", async () => {
    const { lines } = await logged(
      async (context) => {
        await context.waitForCondition(
          "job",
          (checks: number, step) => {
            step.logger.info("checks");
            return checks + 1;
          },
          {
            initialState: 0,
            waitStrategy: createWaitStrategy({ shouldContinuePolling: (checks) => checks < 2 }),
          },
        );
        await context.waitForCallback("ask", (_, step) => step.logger.info("asks"));
      },
      { callbacks: { ask: respond.success(1) } },
    );
    expect(lines.map(({ where: { operationName, attempt } }) => [operationName, attempt])).toEqual([
      ["job", 1],
      ["job", 2],
      [undefined, 1],
    ]);
  });
});
