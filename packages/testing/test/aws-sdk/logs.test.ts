import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LocalDurableTestRunner } from "../../src/aws/index.ts";
import { DurableTestRunner, type RunnerOptions } from "../../src/index.ts";
import { sdks, VERSIONS } from "./support/sdks.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** What has been written to the standard output, which is not written. */
const outputOf = () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
  return written;
};

describe.each(VERSIONS)("what a handler of SDK %s logs", (version) => {
  const sdk = sdks[version];
  const runnerOf = (
    handler: (input: unknown, context: DurableContext) => Promise<unknown>,
    options?: RunnerOptions,
  ): DurableTestRunner => new DurableTestRunner(sdk.withDurableExecution(handler), options);

  test("is kept in the result, and not printed", async () => {
    const written = outputOf();
    const result = await runnerOf(async (_, context) => {
      context.logger.info("begin");
      await context.step("charge", async ({ logger }) => logger.warn("declined", { code: 51 }));
      context.logger.debug({ order: "o-1" });
      await context.wait({ hours: 1 });
      context.logger.error("failed", new RangeError("out of range"));
    }).run({});
    expect(written).toEqual([]);
    expect(result.logs).toMatchObject([
      {
        at: result.startedAt,
        level: "info",
        message: "begin",
        data: [],
        invocation: 1,
        replaying: false,
      },
      {
        level: "warn",
        message: expect.stringMatching(/^declined \{ code: 51 \}$/) as unknown,
        operation: "charge",
        attempt: 1,
        replaying: false,
      },
      { level: "debug", message: "{ order: 'o-1' }", data: [{ order: "o-1" }] },
      {
        level: "error",
        message: expect.stringContaining("failed RangeError: out of range") as unknown,
        data: [{ errorType: "RangeError", errorMessage: "out of range" }],
        invocation: 2,
      },
    ]);
    expect(Object.hasOwn(result.logs[0] ?? {}, "operation")).toBe(false);
    expect(result.logs.at(-1)?.at.getTime()).toBeGreaterThanOrEqual(+result.startedAt + 3_600_000);
  });

  test("is printed as well, if that is asked for", async () => {
    const written = outputOf();
    const { logs } = await runnerOf(async (_, context) => context.logger.info("hello"), {
      logs: "print",
    }).run({});
    expect(logs).toMatchObject([{ level: "info", message: "hello" }]);
    expect(written.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { level: "INFO", message: "hello" },
    ]);
  });

  test("goes to a logger of the user's, and nowhere else", async () => {
    const info = vi.fn();
    const customLogger = { debug: info, info, warn: info, error: info };
    const { logs } = await runnerOf(async (_, context) => {
      context.configureLogger({ customLogger });
      context.logger.info("hello");
    }).run({});
    expect(info).toHaveBeenCalledTimes(1);
    expect(logs).toEqual([]);
  });

  test("is not known to be new in a replay that may log", async () => {
    outputOf();
    const { logs } = await runnerOf(async (_, context) => {
      context.configureLogger({ modeAware: false });
      context.logger.info("begin");
      await context.wait({ hours: 1 });
      context.logger.info("between");
      await context.step("work", async ({ logger }) => logger.info("in the step"));
      context.logger.info("end");
    }).run({});
    expect(logs.map(({ message, replaying }) => [message, replaying])).toEqual([
      ["begin", false],
      ["begin", undefined],
      ["between", undefined],
      ["in the step", false],
      ["end", false],
    ]);
  });

  test("is all that is taken: other output of the handler, of the test and of others is not", async () => {
    const written = outputOf();
    const line = (arn: string): string =>
      `${JSON.stringify({ requestId: "1", timestamp: "", level: "INFO", executionArn: arn, message: "mine" })}\n`;
    let arn = "";
    const { logs } = await runnerOf(async (_, context) => {
      arn = context.executionContext?.durableExecutionArn ?? "";
      process.stdout.write("plain\n");
      process.stdout.write('{"requestId":\n');
      process.stdout.write(line("another"));
      process.stdout.write(Buffer.from("bytes\n"));
      await new Promise<void>((resolve) => {
        process.stdout.write("called back\n", () => resolve());
        resolve();
      });
    }).run({});
    process.stdout.write(line(arn));
    expect(logs).toEqual([]);
    expect(written).toEqual([
      "plain\n",
      '{"requestId":\n',
      line("another"),
      "bytes\n",
      "called back\n",
      line(arn),
    ]);
  });
});

test("AWS's runner prints, and so does what stands in for it", async () => {
  const written = outputOf();
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
  const runner = new LocalDurableTestRunner({
    handlerFunction: sdks["2.4.0"].withDurableExecution(
      async (_: unknown, context: DurableContext) => context.logger.info("hello"),
    ),
  });
  await runner.run();
  await LocalDurableTestRunner.teardownTestEnvironment();
  expect(written.join("")).toContain('"message":"hello"');
});
