import { durableTest } from "@durabletest/vitest-plugin";
import { describe, vi } from "vitest";
import { createHandler, type Mailbox } from "../reminder/handler.ts";

const mailbox = { send: vi.fn<Mailbox["send"]>(async () => {}) };
const invoice = { invoiceId: "i-7", customer: "ada@example.com" };

// What leads to the point where the ways part is run once; each fork has its own clock from there on.
describe("an invoice that nobody has paid for a week", () => {
  const test = durableTest(createHandler(mailbox));

  test("is paid, or goes on being reminded of, or is refused", async ({ runner, expect }) => {
    await runner.run(invoice);
    await runner.advanceUntil("remind");
    const [refused, silent] = [runner.fork(), runner.fork()];

    const paid = await runner.callback("payment").succeed({ paidBy: "Ada" });
    expect(paid).toHaveSucceededWith({ status: "paid", paidBy: "Ada", reminders: 1 });

    const result = await refused.callback("payment").fail(new Error("wrong address"));
    expect(result.status).toBe("FAILED");

    await silent.advance({ days: 7 });
    expect(silent.result).toBePending();
    expect(mailbox.send).toHaveBeenCalledTimes(3); // the invoice and a reminder for all, one more for this
  });
});
