import { Duration, withDurableExecution, type DurableContext } from "@durabletest/runtime";

export interface Order {
  readonly id: string;
  readonly total: number;
}

export interface Approval {
  readonly approved: boolean;
  readonly by: string;
}

/** Large orders wait two days at most for somebody to approve them. */
export const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
  if (order.total < 100) return { status: "shipped" as const, by: undefined };
  const approval = await context.createCallback<Approval>("approval", {
    timeout: Duration.fromHours(48),
  });
  await context.step("ask", () => ({ order: order.id, callbackId: approval.callbackId }));
  const answer = await approval.result();
  if (answer === undefined) return { status: "expired" as const, by: undefined };
  await context.wait("cooldown", Duration.fromHours(1));
  return { status: answer.approved ? ("shipped" as const) : ("rejected" as const), by: answer.by };
});
