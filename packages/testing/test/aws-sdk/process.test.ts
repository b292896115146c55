import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { VERSIONS } from "./support/sdks.ts";

/** What a process runs: it ends when nothing keeps it alive any more, and says what would. */
const script = (sdk: string): string => `
  import { DurableTestRunner, respond } from "@durabletest/testing";
  import * as sdk from ${JSON.stringify(sdk)};

  let attempts = 0;
  const handler = sdk.withDurableExecution(async (_, context) => {
    await context.step("flaky", async () => {
      attempts += 1;
      if (attempts < 2) throw new Error("again");
    }, { retryStrategy: () => ({ shouldRetry: true, delay: { minutes: 10 } }) });
    void context.wait("left behind", { hours: 20 });
    await context.wait({ hours: 1 });
    const [answer] = await context.createCallback("approval", { timeout: { days: 2 } });
    return Promise.race([answer, context.wait({ days: 3 })]);
  });
  const callbacks = { approval: respond.success("yes").after({ hours: 2 }) };
  const { status, invocations } = await new DurableTestRunner(handler, { callbacks }).run({});
  // One that is left as it is, with a callback open.
  const left = await new DurableTestRunner(handler).run({});
  const lingering = process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap");
  console.log(JSON.stringify({ status, invocations: invocations.length, left: left.status, lingering }));
`;

test.each(VERSIONS)("a process ends when its executions of SDK %s have", async (version) => {
  const name = "@aws/durable-execution-sdk-js";
  const types = process.features.typescript === false ? ["--experimental-strip-types"] : [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--conditions=@durabletest/source",
      "--no-warnings",
      ...types,
      "--input-type=module",
      "-e",
      script(version === "2.4.0" ? name : `${name}-${version}`),
    ],
    { cwd: import.meta.dirname, timeout: 50_000 },
  );
  expect(JSON.parse(stdout)).toEqual({
    status: "SUCCEEDED",
    invocations: 4,
    left: "PENDING",
    lingering: [],
  });
});
