import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { charge } from "./charge.ts";

declare const test: (typeof import("vitest"))["test"];
declare const expect: (typeof import("vitest"))["expect"];
declare const beforeAll: (typeof import("vitest"))["beforeAll"];
declare const afterAll: (typeof import("vitest"))["afterAll"];

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

test("polls until it is settled", async () => {
  const runner = new LocalDurableTestRunner({ handlerFunction: charge });
  const execution = await runner.run({ payload: { id: "o-1", cents: 500 } });
  expect(execution.getResult()).toEqual({ id: "o-1", cents: 500, polls: 3 });
});
