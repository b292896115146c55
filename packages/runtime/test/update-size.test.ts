import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { withDurableExecution } from "../src/index.ts";
import type { CheckpointRequest, OperationUpdate } from "../src/protocol.ts";
import { ServiceLimits } from "../src/protocol/limits.ts";
import { jsonBytes, maxJsonBytes } from "../src/replay/update-size.ts";
import { FakeService, invoke } from "./support/fake-service.ts";

/** What JSON makes longer: control characters, quotes, halves of surrogate pairs, other alphabets. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom("\u0000", '"', "\\", "\ud800", "ü", "漢", "🎉", "a"),
    maxLength: 200,
  }),
);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const seconds = fc.integer({ min: 0, max: 99_999_999 });

const update: fc.Arbitrary<OperationUpdate> = fc.record({
  Id: text,
  ParentId: maybe(text),
  Name: maybe(text),
  Type: fc.constantFrom("STEP", "CONTEXT", "WAIT", "CALLBACK", "CHAINED_INVOKE", "EXECUTION"),
  SubType: maybe(text),
  Action: fc.constantFrom("START", "SUCCEED", "FAIL", "RETRY", "CANCEL"),
  Payload: maybe(text),
  Error: maybe(
    fc.record({
      ErrorMessage: maybe(text),
      ErrorType: maybe(text),
      ErrorData: maybe(text),
      StackTrace: maybe(fc.array(text, { maxLength: 30 })),
    }),
  ),
  ContextOptions: maybe(fc.record({ ReplayChildren: maybe(fc.boolean()) })),
  StepOptions: maybe(fc.record({ NextAttemptDelaySeconds: maybe(seconds) })),
  WaitOptions: maybe(fc.record({ WaitSeconds: maybe(seconds) })),
  CallbackOptions: maybe(
    fc.record({ TimeoutSeconds: maybe(seconds), HeartbeatTimeoutSeconds: maybe(seconds) }),
  ),
  ChainedInvokeOptions: maybe(fc.record({ FunctionName: maybe(text), TenantId: maybe(text) })),
});

describe("the size of an update", () => {
  test.prop([update])("is what it takes as JSON, and never more than its bound", (any) => {
    expect(jsonBytes(any)).toBe(Buffer.byteLength(JSON.stringify(any)));
    expect(maxJsonBytes(any)).toBeGreaterThanOrEqual(jsonBytes(any));
  });
});

describe("a checkpoint", () => {
  const bodyBytes = ({ CheckpointToken, Updates }: CheckpointRequest): number =>
    Buffer.byteLength(JSON.stringify({ CheckpointToken, ClientToken: "c".repeat(64), Updates }));
  const limits: ServiceLimits = { ...ServiceLimits, batchBytes: 4_000 };

  test.prop([fc.array(text, { minLength: 2, maxLength: 40 })])(
    "is as full as it may be, and no fuller",
    async (results) => {
      const service = Object.assign(new FakeService(), { limits });
      const handler = withDurableExecution(async (_: unknown, context) => {
        await Promise.all(results.map((result, index) => context.step(`${index}`, () => result)));
      });
      expect(await invoke(handler, service)).toMatchObject({ Status: "SUCCEEDED" });
      expect(service.updates).toHaveLength(2 * results.length);
      for (const [index, request] of service.requests.entries()) {
        const { Updates = [] } = request;
        if (Updates.length > 1) expect(bodyBytes(request)).toBeLessThanOrEqual(limits.batchBytes);
        const [next] = service.requests[index + 1]?.Updates ?? [];
        if (next === undefined) continue;
        const fuller = bodyBytes({ ...request, Updates: [...Updates, next] });
        // Less than the length of a client token is left to chance.
        expect(fuller).toBeGreaterThan(limits.batchBytes - 128);
      }
    },
  );
});
