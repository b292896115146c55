import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface ExportRequest {
  readonly requestType: string;
}

/** The contract with the exporter. All it may answer is here, so that the switch below is checked. */
export type ExportResult =
  | { readonly type: "success"; readonly rows: number }
  | { readonly type: "partial"; readonly rows: number; readonly missing: readonly string[] }
  | { readonly type: "failure"; readonly message: string };

/** Does what fits the answer: a success, half a success, a failure, or none at all. */
export const createHandler = (
  sendRequest: (callbackId: string, requestType: string) => Promise<void>,
) =>
  withDurableExecution(async ({ requestType }: ExportRequest, context: DurableContext) => {
    const callback = await context.createCallback<ExportResult>("conditional_callback", {
      timeout: { minutes: 10 },
    });

    await context.step("send_request", () => sendRequest(callback.callbackId, requestType));

    const result = await callback.result();
    if (result === undefined) return { status: "timeout", message: "No response received" };

    switch (result.type) {
      case "success":
        return { status: "done", message: `${result.rows} rows` };
      case "partial":
        return {
          status: "incomplete",
          message: `${result.rows} rows, without ${result.missing.join(" and ")}`,
        };
      case "failure":
        return { status: "failed", message: result.message };
    }
  });
