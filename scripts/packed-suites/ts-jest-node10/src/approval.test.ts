import {
  type DurableOperation,
  LocalDurableTestRunner,
  type TestResult,
  WaitingOperationStatus,
} from "@aws/durable-execution-sdk-js-testing";
import { approvalHandler, type Mailer, type Order } from "./approval";

type Outcome = { status: string; by: string; receipt?: string };

const mailer: jest.Mocked<Mailer> = {
  send: jest.fn(async (_order: Order, _callbackId: string) => {}),
};
let runner: LocalDurableTestRunner<Outcome>;

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
beforeEach(() => {
  jest.clearAllMocks();
  runner = new LocalDurableTestRunner<Outcome>({ handlerFunction: approvalHandler(mailer) });
  runner.registerFunction("billing", async (event: Order) => ({ receipt: `r-${event.id}` }));
});

test("small orders need nobody", async () => {
  const result: TestResult<Outcome> = await runner.run({ payload: { id: "o-1", amount: 5 } });
  expect(result.getResult()).toEqual({ status: "approved", by: "policy" });
  expect(mailer.send).not.toHaveBeenCalled();
});

test("large ones wait for an answer, which the submitter has asked for by then", async () => {
  const order = { id: "o-2", amount: 500 };
  const execution = runner.run({ payload: order });
  const approval: DurableOperation = runner.getOperation("approval");
  await approval.waitForData(WaitingOperationStatus.STARTED);
  expect(mailer.send).toHaveBeenCalledWith(order, approval.getCallbackDetails()?.callbackId);

  await approval.waitForData(WaitingOperationStatus.SUBMITTED);
  await approval.sendCallbackSuccess(JSON.stringify({ by: "kim" }));
  const result = await execution;
  expect(result.getResult()).toEqual({ status: "approved", by: "kim", receipt: "r-o-2" });
  expect(runner.getOperation("charge").getChainedInvokeDetails()?.result).toEqual({
    receipt: "r-o-2",
  });
});

test("a rejection fails the execution", async () => {
  const execution = runner.run({ payload: { id: "o-3", amount: 500 } });
  const approval = runner.getOperation("approval");
  await approval.waitForData(WaitingOperationStatus.SUBMITTED);
  await approval.sendCallbackFailure({ ErrorType: "Rejected", ErrorMessage: "too dear" });
  const result = await execution;
  expect(result.getStatus()).toBe("FAILED");
  expect(result.getError().errorMessage).toContain("too dear");
});
