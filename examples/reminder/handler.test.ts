import { respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { beforeEach, describe, vi } from "vitest";
import { createHandler, type Mailbox } from "./handler.ts";

const WEEK_MS = 7 * 24 * 3_600_000;

const mailbox = { send: vi.fn<Mailbox["send"]>() };
const handler = createHandler(mailbox);
const invoice = { invoiceId: "i-7", customer: "ada@example.com" };

beforeEach(() => {
  vi.clearAllMocks();
});

const mails = (): readonly string[] =>
  mailbox.send.mock.calls.map(([, text]) => text.replace(/ Paid\?.*/, ""));

// As long as nobody has paid, run() stops before the end of the week: whether somebody does is for the
// test to say.
describe("an invoice", () => {
  const test = durableTest(handler);

  test("is sent, and nobody is reminded at once", async ({ runner, expect }) => {
    const waiting = await runner.run(invoice);

    expect(waiting).toBeWaitingFor("payment");
    expect(waiting.elapsedMs).toBe(0);
    expect(mails()).toEqual(["Invoice i-7."]);
  });

  test("that is paid within the week needs no reminder", async ({ runner, clock, expect }) => {
    await runner.run(invoice);
    await clock.advance({ days: 6, hours: 23 });

    const result = await runner.callback("payment").succeed({ paidBy: "Ada" });

    expect(result).toHaveSucceededWith({ status: "paid", paidBy: "Ada", reminders: 0 });
    expect(mails()).toEqual(["Invoice i-7."]);
  });

  test("is paid after a reminder", async ({ runner, expect }) => {
    await runner.run(invoice);

    const reminded = await runner.advanceUntil("remind");
    expect(reminded.elapsedMs).toBe(WEEK_MS);
    expect(mails()).toEqual(["Invoice i-7.", "Reminder 1 of invoice i-7."]);

    const result = await runner.callback("payment").succeed({ paidBy: "Ada" });
    expect(result).toHaveSucceededWith({ status: "paid", paidBy: "Ada", reminders: 1 });
  });

  test("is paid in the last week", async ({ runner, clock, expect }) => {
    await runner.run(invoice);
    await runner.advanceUntil("remind", 1); // the second one
    await clock.advance({ days: 6 });

    const result = await runner.callback("payment").succeed({ paidBy: "Ada" });

    expect(result).toHaveSucceededWith({ status: "paid", paidBy: "Ada", reminders: 2 });
  });

  test("that is never paid goes to collection after three weeks", async ({ runner, expect }) => {
    await runner.run(invoice);

    const result = await runner.runToCompletion();

    expect(result).toHaveSucceededWith({ status: "in collection", reminders: 2 });
    expect(result.elapsedMs).toBe(3 * WEEK_MS);
    expect(mails()).toHaveLength(3);
  });
});

// Where a script pays, nothing waits for the test, and run() goes through to the end.
describe("an invoice that is paid on the tenth day", () => {
  const test = durableTest(handler, {
    callbacks: { payment: respond.success({ paidBy: "Ada" }).after({ days: 10 }) },
  });

  test("needs one reminder", async ({ runner, expect }) => {
    const result = await runner.run(invoice);

    expect(result).toHaveSucceededWith({ status: "paid", paidBy: "Ada", reminders: 1 });
  });
});
