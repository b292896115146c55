/**
 * What the examples of the TSDoc take for granted, each of its usual type.
 */
import type { Callback, DurableContext, DurableHandler } from "@durabletest/runtime";
import type { DurableResult, DurableTestRunner, RunnerOptions } from "@durabletest/testing";
import type { OutcomeCollector } from "@durabletest/testing/outcomes";

declare global {
  interface Order {
    readonly id: string;
    readonly total: number;
  }
  interface Approval {
    readonly approved: boolean;
  }
  interface Receipt {
    readonly receipt: string;
  }
  const runner: DurableTestRunner;
  const result: DurableResult<unknown>;
  const handler: DurableHandler<unknown, unknown>;
  const context: DurableContext;
  const order: Order;
  const orders: readonly Order[];
  const callback: Callback<Approval>;
  const approval: Callback<Approval>;
  const orderId: string;
  const amount: number;
  const id: string;
  const item: string;
  const trip: { readonly id: string };
  const row: { readonly callbackId: string };
  const ofTheFile: RunnerOptions;
  const collector: OutcomeCollector;
  const error: Error;
  const body: (fixtures: { runner: DurableTestRunner }) => Promise<void>;
  const credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };

  // The world: whatever it is asked, it says something.
  type Call = <T = void>(...values: readonly unknown[]) => Promise<T>;
  type Service = Readonly<Record<string, Call>>;
  const airline: Service;
  const bookFlight: Call;
  const bookHotel: Call;
  const audit: Call;
  const carrier: Service;
  const catalogue: Service;
  const charge: Call;
  const escalate: Call;
  const exportNext: () => Promise<boolean>;
  const findNote: () => string | undefined;
  const jobs: { describe(job: string): Promise<{ status: string }> };
  const loadArticle: (article: string) => Promise<never>;
  const payments: Service;
  const poll: Call;
  const queue: Service;
  const restartWorker: Call;
  const seats: Service;
  const sendForApproval: Call;
  const warehouse: Service;
  const write: (level: string, ...values: readonly unknown[]) => void;
  const camera: { next(): Promise<string> };
  class GatewayError extends Error {}
  /** A handler of its own; or what a map does with an item. */
  function ship(context: DurableContext, order: Order): Promise<string>;
  function ship(order: Order, context: DurableContext): Promise<string>;
}
