import { type DurableContext, Duration, withDurableExecution } from "@durabletest/runtime";

export interface Order {
  readonly orderId: string;
  readonly amount: number;
}

/** What the approval system is sent. */
interface ApprovalRequest extends Order {
  readonly callbackId: string;
}

/** What it answers, hours or days later. */
export type Approval =
  | { readonly approved: true; readonly approver: string }
  | { readonly approved: false; readonly reason: string };

/** The outside world. */
export interface Shop {
  /** Puts the order on somebody's desk. */
  requestApproval(request: ApprovalRequest): Promise<void>;
  /** Ships it; returns the shipment's number. */
  processOrder(orderId: string): Promise<string>;
}

/** Processes an order once somebody has approved it. */
export const createHandler = (shop: Shop) =>
  withDurableExecution(async (order: Order, context: DurableContext) => {
    const approvalCallback = await context.createCallback<Approval>("order_approval", {
      timeout: Duration.fromHours(48), // 48 hours to decide
      heartbeatTimeout: Duration.fromHours(12), // with a sign of life every 12 hours
    });

    await context.step("request_approval", () =>
      shop.requestApproval({ callbackId: approvalCallback.callbackId, ...order }),
    );

    const approval = await approvalCallback.result();

    if (approval === undefined) return { status: "expired" };
    if (!approval.approved) return { status: "rejected", reason: approval.reason };

    const shipment = await context.step("process_order", () => shop.processOrder(order.orderId));
    return { status: "shipped", shipment, approver: approval.approver };
  });
