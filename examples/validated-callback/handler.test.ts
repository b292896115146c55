import { CallbackExternalError } from "@durabletest/runtime";
import { CallbackClosedError } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { createHandler } from "./handler.ts";

const test = durableTest(createHandler(async () => {}));
const customer = { customerId: "customer-7" };
const report = { verified: true, documentType: "passport", confidence: 0.98 };

test("takes a report that keeps to the contract", async ({ runner, expect }) => {
  await runner.run(customer);

  const result = await runner
    .callback("identity_check")
    .succeed({ ...report, remarks: ["expires soon"] });

  expect(result).toHaveSucceededWith({ status: "verified", remarks: ["expires soon"] });
});

test("gets what the schema makes of the payload", async ({ runner, expect }) => {
  await runner.run(customer);

  const result = await runner.callback("identity_check").succeed(report);

  expect(result).toHaveSucceededWith({ status: "verified", remarks: [] });
});

test.for([
  { what: "a wrong type", payload: { ...report, verified: "yes" }, issues: ["verified"] },
  {
    what: "an unknown document",
    payload: { ...report, documentType: "library card" },
    issues: ["documentType"],
  },
  {
    what: "two mistakes",
    payload: { verified: true, documentType: "id_card", confidence: 98, remarks: [1] },
    issues: ["confidence", "remarks.0"],
  },
  { what: "no object", payload: "OK", issues: [""] },
  { what: "nothing", payload: undefined, issues: [""] },
])("does not take $what", async ({ payload, issues }, { runner, expect }) => {
  await runner.run(customer);

  const result = await runner.callback("identity_check").succeed(payload);

  expect(result).toHaveSucceededWith({ status: "garbled", issues });
  // For the service, the callback has succeeded. It is the handler that does not believe it.
  expect(result).toHaveCallback("identity_check", { status: "SUCCEEDED" });
});

test("lets a failure through, which no schema applies to", async ({ runner, expect }) => {
  await runner.run(customer);

  const result = await runner.callback("identity_check").fail({ ErrorType: "CameraBroken" });

  expect(result).toHaveFailedWith(CallbackExternalError);
});

test("a timeout is not validated either", async ({ runner, expect }) => {
  await runner.run(customer);

  const result = await runner.runToCompletion();

  expect(result).toHaveSucceededWith({ status: "unanswered" });
  expect(result.elapsedMs).toBe(900_000);
});

test("a second, better report is too late", async ({ runner, expect }) => {
  await runner.run(customer);
  await runner.callback("identity_check").succeed("OK");

  await expect(runner.callback("identity_check").succeed(report)).rejects.toThrow(
    CallbackClosedError,
  );

  expect(runner).toHaveSucceededWith({ status: "garbled", issues: [""] });
});
