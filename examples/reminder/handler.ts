import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Invoice {
  readonly invoiceId: string;
  readonly customer: string;
}

export interface Payment {
  readonly paidBy: string;
}

/** The outside world. */
export interface Mailbox {
  send(to: string, text: string): Promise<void>;
}

/** How often a customer is reminded before the invoice goes to collection. */
const REMINDERS = 2;

/** Sends an invoice, and a reminder every week until it has been paid. */
export const createHandler = (mailbox: Mailbox) =>
  withDurableExecution(async (invoice: Invoice, context: DurableContext) => {
    const { invoiceId, customer } = invoice;
    const callback = await context.createCallback<Payment>("payment");
    await context.step("send_invoice", () =>
      mailbox.send(customer, `Invoice ${invoiceId}. Paid? ${callback.callbackId}`),
    );

    const payment = callback.result();
    for (let reminder = 1; reminder <= REMINDERS; reminder += 1) {
      const paid = await Promise.race([
        payment,
        context.wait("a_week", { days: 7 }).then(() => undefined),
      ]);
      if (paid !== undefined) return { status: "paid", ...paid, reminders: reminder - 1 };
      await context.step("remind", () =>
        mailbox.send(customer, `Reminder ${reminder} of invoice ${invoiceId}.`),
      );
    }

    const late = await Promise.race([
      payment,
      context.wait("last_week", { days: 7 }).then(() => undefined),
    ]);
    return late === undefined
      ? { status: "in collection", reminders: REMINDERS }
      : { status: "paid", ...late, reminders: REMINDERS };
  });
