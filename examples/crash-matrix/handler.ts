import {
  type DurableContext,
  type DurableHandler,
  withDurableExecution,
} from "@durabletest/runtime";

export interface Transfer {
  readonly id: string;
  readonly amount: number;
}

export interface Ledger {
  /** Moves money; knows nothing of keys. */
  debit(transfer: Transfer): Promise<void>;
  credit(transfer: Transfer): Promise<void>;
  /** Whether a transfer has been debited. */
  find(id: string): Promise<boolean>;
}

/** Debits at once, and credits on the next day. */
export function createHandler(ledger: Ledger): DurableHandler<Transfer, string> {
  return withDurableExecution(async (transfer: Transfer, context: DurableContext) => {
    await context.step("debit", async () => ledger.debit(transfer));
    await context.wait("value date", { days: 1 });
    await context.step("credit", async () => ledger.credit(transfer));
    return "booked";
  });
}

/** The same, asking the ledger before each booking whether it has been made. */
export function createCarefulHandler(ledger: Ledger): DurableHandler<Transfer, string> {
  return withDurableExecution(async (transfer: Transfer, context: DurableContext) => {
    await context.step("debit", async () => {
      if (!(await ledger.find(`${transfer.id}/debit`))) await ledger.debit(transfer);
    });
    await context.wait("value date", { days: 1 });
    await context.step("credit", async () => {
      if (!(await ledger.find(`${transfer.id}/credit`))) await ledger.credit(transfer);
    });
    return "booked";
  });
}
