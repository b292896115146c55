import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { handler, seen } from "./handler.mjs";

before(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
after(() => LocalDurableTestRunner.teardownTestEnvironment());

test("middleware runs around every invocation", async () => {
  const runner = new LocalDurableTestRunner({ handlerFunction: handler });
  const execution = await runner.run({ payload: { n: 20 } });
  assert.equal(execution.getResult(), 42);
  assert.equal(execution.getStatus(), "SUCCEEDED");
  assert.equal(seen[0], "before string");
  assert.equal(seen.at(-1), "after SUCCEEDED");
  assert.equal(execution.getOperations().length, 3);
});
