import type * as aws from "@aws/durable-execution-sdk-js-testing";
import { describe, expectTypeOf, test } from "vitest";
import * as ours from "../../src/aws/index.ts";

/** One type may stand where the other is asked for, both ways. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

describe("the types of the drop-in are those of AWS's module", () => {
  test("values that are data", () => {
    expectTypeOf<Same<ours.TestResultError, aws.TestResultError>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.Invocation, aws.Invocation>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.InvokeRequest, aws.InvokeRequest>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.ContextDetails<1>, aws.ContextDetails<1>>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.StepDetails<1>, aws.StepDetails<1>>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.CallbackDetails<1>, aws.CallbackDetails<1>>>().toEqualTypeOf<true>();
    expectTypeOf<
      Same<ours.ChainedInvokeDetails<1>, aws.ChainedInvokeDetails<1>>
    >().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.WaitResultDetails, aws.WaitResultDetails>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.Operation, aws.Operation>>().toEqualTypeOf<true>();
    expectTypeOf<Same<ours.WireOperation, aws.WireOperation>>().toEqualTypeOf<true>();
  });

  test("names of the wire, as values and as types", () => {
    expectTypeOf<typeof ours.OperationStatus>().toEqualTypeOf<typeof aws.OperationStatus>();
    expectTypeOf<typeof ours.OperationType>().toEqualTypeOf<typeof aws.OperationType>();
    expectTypeOf<typeof ours.ExecutionStatus>().toEqualTypeOf<typeof aws.ExecutionStatus>();
    expectTypeOf<typeof ours.InvocationType>().toEqualTypeOf<typeof aws.InvocationType>();
    expectTypeOf<ours.OperationStatus>().toEqualTypeOf<aws.OperationStatus>();
    expectTypeOf<ours.OperationType>().toEqualTypeOf<aws.OperationType>();
    expectTypeOf<ours.ExecutionStatus>().toEqualTypeOf<aws.ExecutionStatus>();
    expectTypeOf<ours.InvocationType>().toEqualTypeOf<aws.InvocationType>();
  });

  test("settings", () => {
    expectTypeOf<
      Same<ours.LocalDurableTestRunnerSetupParameters, aws.LocalDurableTestRunnerSetupParameters>
    >().toEqualTypeOf<true>();
    expectTypeOf<
      Same<ours.CloudDurableTestRunnerConfig, aws.CloudDurableTestRunnerConfig>
    >().toEqualTypeOf<true>();
    expectTypeOf<
      Same<ours.CloudDurableTestRunnerParameters, aws.CloudDurableTestRunnerParameters>
    >().toEqualTypeOf<true>();
    // Ours takes handlers of our runtime, too.
    expectTypeOf<aws.LocalDurableTestRunnerParameters>().toExtend<ours.LocalDurableTestRunnerParameters>();
  });

  test("handles, but for waitForData", () => {
    // Its parameter is an enum there, which only equals itself, and a union of texts here.
    type Handle = Omit<ours.DurableOperation<1>, "waitForData" | "getChildOperations">;
    type TheirHandle = Omit<aws.DurableOperation<1>, "waitForData" | "getChildOperations">;
    expectTypeOf<Same<Handle, TheirHandle>>().toEqualTypeOf<true>();
    expectTypeOf<keyof ours.DurableOperation>().toEqualTypeOf<keyof aws.DurableOperation>();
    expectTypeOf<`${aws.WaitingOperationStatus}`>().toEqualTypeOf<ours.WaitingOperationStatus>();
    expectTypeOf<`${aws.WaitingOperationStatus.STARTED}`>().toEqualTypeOf<ours.WaitingOperationStatus.STARTED>();
    expectTypeOf<`${aws.WaitingOperationStatus.SUBMITTED}`>().toEqualTypeOf<ours.WaitingOperationStatus.SUBMITTED>();
    expectTypeOf<`${aws.WaitingOperationStatus.COMPLETED}`>().toEqualTypeOf<ours.WaitingOperationStatus.COMPLETED>();
  });

  test("results, but for the handles in them", () => {
    type Result = Omit<ours.TestResult<1>, "getOperations">;
    type TheirResult = Omit<aws.TestResult<1>, "getOperations">;
    expectTypeOf<Same<Result, TheirResult>>().toEqualTypeOf<true>();
    expectTypeOf<keyof ours.TestResult>().toEqualTypeOf<keyof aws.TestResult>();
    expectTypeOf<Parameters<ours.TestResult["getOperations"]>>().toEqualTypeOf<
      Parameters<aws.TestResult["getOperations"]>
    >();
  });

  test("runners: what is called on theirs can be called on ours", () => {
    type Local = ours.LocalDurableTestRunner<1>;
    type TheirLocal = aws.LocalDurableTestRunner<1>;
    type Cloud = ours.CloudDurableTestRunner<1>;
    type TheirCloud = aws.CloudDurableTestRunner<1>;
    // In their sources, and in no release yet.
    type Next = "pauseExecution" | "resumeExecution";
    expectTypeOf<Exclude<keyof Local, Next>>().toEqualTypeOf<keyof TheirLocal>();
    expectTypeOf<keyof Cloud>().toEqualTypeOf<keyof TheirCloud>();
    expectTypeOf<Parameters<TheirLocal["run"]>>().toExtend<Parameters<Local["run"]>>();
    expectTypeOf<Parameters<TheirLocal["getOperation"]>>().toEqualTypeOf<
      Parameters<Local["getOperation"]>
    >();
    expectTypeOf<Parameters<TheirLocal["registerDurableFunction"]>>().toExtend<
      Parameters<Local["registerDurableFunction"]>
    >();
    expectTypeOf<Local>().toExtend<ours.DurableTestRunner<ours.DurableOperation, 1>>();
    expectTypeOf<Cloud>().toExtend<ours.DurableTestRunner<ours.DurableOperation, 1>>();
    expectTypeOf<Parameters<typeof aws.LocalDurableTestRunner.setupTestEnvironment>>().toExtend<
      Parameters<typeof ours.LocalDurableTestRunner.setupTestEnvironment>
    >();
  });

  test("results whose type nobody named can be read", () => {
    const runner = new ours.LocalDurableTestRunner({ handlerFunction: async () => {} });
    expectTypeOf(runner.run()).resolves.toEqualTypeOf<ours.TestResult>();
    expectTypeOf(runner.getOperation("a").getStepDetails()?.result).toBeAny();
    expectTypeOf(runner.getOperation<1>("a").getStepDetails()?.result).toEqualTypeOf<
      1 | undefined
    >();
    runner.registerFunction("plain", async (event: { n: number }) => event.n);
    runner.registerFunction(
      "old",
      (_: unknown, __: unknown, callback: (error: Error | null, result?: string) => void) => {
        callback(null, "done");
      },
    );
  });
});
